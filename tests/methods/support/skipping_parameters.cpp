#include "tests/methods/support/skipping_parameters.h"

#include <algorithm>

#include "methods/interface/registry.h"

namespace skipbench::test {

Json skipping_parameters(std::string_view method) {
  const size_t plus = method.find('+');
  Json params = find_method(method.substr(0, plus)).small;
  if (plus == std::string_view::npos) return params;
  params["then"] = find_method(method.substr(plus + 1)).small;
  if (method.starts_with("lazyllm"))
    params["revive"] = false;  // a cache method drops what it needs
  return params;
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
