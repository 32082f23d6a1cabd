#include "tests/methods/support/skipping_parameters.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "methods/interface/registry.h"

namespace skipbench::test {

Json skipping_parameters(std::string_view method) {
  if (const size_t plus = method.find('+'); plus != std::string_view::npos) {
    Json both = skipping_parameters(method.substr(0, plus));
    both["then"] = skipping_parameters(method.substr(plus + 1));
    if (method.starts_with("lazyllm"))
      both["revive"] = false;  // a cache method drops what it needs
    return both;
  }
  if (method == "full") return Json::object();
  if (method == "sliminfer") {
    return Json::parse(R"({"prune_layers": [2, 5], "keep": [0.6, 0.3], "block": 4, "unit": 2})");
  }
  if (method == "lazyllm") return Json::parse(R"({"keep_end": 0.3})");
  if (method == "gemfilter") return Json::parse(R"({"layer": 3, "keep": 0.4})");
  if (method == "ffn_skipllm") return Json::parse(R"({"target_skip": 0.2, "warmup_share": 0})");
  if (method == "ftp_ffn") {
    return Json::parse(R"({"full_layers": 2, "eta": 0.5, "window": 8, "first": 4, "last": 8})");
  }
  if (method == "uniprefill") {
    return Json::parse(R"({"drop_layers": [2, 5], "p": 0.6, "window": 8, "block": 4, "first": 4,
                           "last": 8, "min_tokens": 16})");
  }
  if (method == "dash") return Json::parse(R"({"layer": 3, "rho": 0.5})");
  if (method == "pyramidinfer") {
    return Json::parse(R"({"recent": 0.2, "decay": 0.3, "min_context": 8})");
  }
  if (method == "asl") {
    return Json::parse(R"({"first_layer": 2, "threshold": 10, "window": 8, "keep": 0.4,
                           "history": 2})");
  }
  if (method == "tsa") {
    return Json::parse(R"({"layers": [1, 3, 5], "coverage": 0.5, "window": 8, "min_keep": 16})");
  }
  if (method == "minference") {
    return Json::parse(R"({"vertical": 30, "slash": 50, "window": 8, "first": 3, "last": 45})");
  }
  if (method == "flexprefill") {
    return Json::parse(R"({"gamma": 0.6, "tau": 0.5, "min_budget": 1, "window": 8})");
  }
  if (method == "xattention") return Json::parse(R"({"tau": 0.3, "first_chunk": "plain"})");
  if (method == "block_sparse") {
    return Json::parse(R"({"pair_share": 0.6, "sinks": 64, "local": 0})");
  }
  if (method == "streamingllm") return Json::parse(R"({"keep": 0.5})");
  if (method == "fastkv") {
    return Json::parse(R"({"tsp_layer": 3, "tsp_keep": 0.5, "kv_keep": 0.3})");
  }
  if (method == "h2o") return Json::parse(R"({"keep": 0.5})");
  if (method == "snapkv" || method == "pyramidkv") {
    return Json::parse(R"({"keep": 0.2, "window": 8})");  // once a query head
  }
  if (method == "spts" || method == "ffn_control") {
    return Json::parse(R"({"full_layers": 2, "stage_ends": [3, 5], "budgets": [0.6, 0.4],
                           "prune_step": 0.1})");
  }
  ADD_FAILURE() << "skipping_parameters() knows none for " << method << ": add a line";
  return Json::object();
}

std::vector<std::string> method_names() {
  std::vector<std::string> names;
  for (const MethodEntry& entry : all_methods()) names.emplace_back(entry.name);
  for (const char* both : {"spts+snapkv", "spts+ffn_skipllm", "sliminfer+streamingllm",
                           "gemfilter+h2o", "tsa+pyramidkv", "spts+xattention"}) {
    names.emplace_back(both);
  }
  return names;
}

std::string test_name(std::string method) {
  std::replace(method.begin(), method.end(), '+', '_');
  return method;
}

}  // namespace skipbench::test
