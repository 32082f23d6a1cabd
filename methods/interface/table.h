#pragma once

#include <string_view>

/// The table of methods, a line each: methods/NAME.cpp, whose last function is NAME_method(), and
/// what sets how much it computes, in the prefill or in the FFNs of the reply: its parameters
/// alone, or scores too. Random weights, whose scores are those of no model, show nothing of the
/// speed of the latter, and a report leaves their figures out. (LazyLLM and SlimInfer follow scores
/// in the reply alone, in what they bring back.)
// clang-format off
#define SKIPBENCH_METHODS(line)    \
  line(full, kParameters)          \
  line(spts, kParameters)          \
  line(sliminfer, kParameters)     \
  line(ffn_control, kParameters)   \
  line(ffn_skipllm, kScores)       \
  line(ftp_ffn, kScores)           \
  line(gemfilter, kParameters)     \
  line(lazyllm, kParameters)       \
  line(fastkv, kParameters)        \
  line(uniprefill, kScores)        \
  line(pyramidinfer, kParameters)  \
  line(dash, kParameters)          \
  line(asl, kScores)               \
  line(tsa, kScores)               \
  line(minference, kScores)        \
  line(flexprefill, kScores)       \
  line(xattention, kScores)        \
  line(block_sparse, kParameters)  \
  line(streamingllm, kParameters)  \
  line(snapkv, kParameters)        \
  line(pyramidkv, kParameters)     \
  line(h2o, kParameters)
// clang-format on

namespace skipbench {

/// What sets how much a method computes.
enum class Amount { kParameters, kScores };

/// Whether scores do. `method`: as find_method() takes it; of a combination, whether either part is
/// so. No Torch here: reports of stored runs ask too.
constexpr bool score_driven(std::string_view method) {
  if (const size_t plus = method.find('+'); plus != std::string_view::npos) {
    return score_driven(method.substr(0, plus)) || score_driven(method.substr(plus + 1));
  }
#define SKIPBENCH_AMOUNT(name, amount) \
  if (method == #name) return Amount::amount == Amount::kScores;
  SKIPBENCH_METHODS(SKIPBENCH_AMOUNT)
#undef SKIPBENCH_AMOUNT
  return false;
}

}  // namespace skipbench
