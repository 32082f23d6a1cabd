#pragma once

#include <string_view>
#include <vector>

namespace skipbench {

/// What a method may decide, by the questions that it answers (kernels/model/run.h). Two methods
/// can share a prompt when they decide nothing in common.
enum class Decision {
  kRestart,         // start()
  kAttentionRows,   // reads(): who asks, and which rows they see
  kAttention,       // reads(): a pattern, or an own result
  kCachedRows,      // keeps()
  kKeepBeforeFfn,   // lives() after attention
  kFfnRows,         // ffn()
  kKeepAfterLayer,  // lives() after the layer
  kDecodeFfn,       // ffn() in a decode step
};

using Decisions = std::vector<Decision>;

/// "which K/V rows the cache keeps": as it stands after "decides".
std::string_view decision_text(Decision decision);

/// What may come after `then`, because it leaves to the first method which prompt tokens run
/// what: decisions that concern decoding, and the attention itself, which a method decides where
/// all living tokens attend and leaves alone where the first has selected some.
bool fits_behind(Decision decision);

/// Whether such decisions can change what the prompt computes, and so the first token: not those
/// about what the cache keeps after it, or what a generated token runs.
bool changes_prompt(const Decisions& decisions);

bool contains(const Decisions& decisions, Decision decision);

}  // namespace skipbench
