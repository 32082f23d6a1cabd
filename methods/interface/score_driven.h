#pragma once

#include <array>
#include <string_view>

namespace skipbench {

/// Whether it follows from attention scores how much the method computes, in the prefill or in the
/// FFNs of the reply: then random weights, whose scores are those of no model, show nothing of its
/// speed, and a report leaves its figures out. Others choose which tokens by their scores, but not
/// how many. (LazyLLM and SlimInfer follow scores in the reply alone, in what they bring back.)
/// `method`: as find_method() takes it; of a combination, whether either part is so. No Torch here:
/// reports of stored runs ask too.
constexpr bool score_driven(std::string_view method) {
  constexpr std::array<std::string_view, 8> kMethods = {"ffn_skipllm", "ftp_ffn",   "uniprefill",
                                                        "asl",         "tsa",       "minference",
                                                        "flexprefill", "xattention"};
  if (const size_t plus = method.find('+'); plus != std::string_view::npos) {
    return score_driven(method.substr(0, plus)) || score_driven(method.substr(plus + 1));
  }
  for (const std::string_view each : kMethods) {
    if (each == method) return true;
  }
  return false;
}

}  // namespace skipbench
