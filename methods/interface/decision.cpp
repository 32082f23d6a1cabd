#include "methods/interface/decision.h"

#include <algorithm>

namespace skipbench {

std::string_view decision_text(Decision decision) {
  switch (decision) {
    case Decision::kRestart:
      return "on which tokens the prompt runs again";
    case Decision::kAttentionRows:
      return "which tokens attention updates";
    case Decision::kAttention:
      return "which keys attention computes";
    case Decision::kCachedRows:
      return "which K/V rows the cache keeps";
    case Decision::kKeepBeforeFfn:
      return "which tokens stay alive between attention and FFN";
    case Decision::kFfnRows:
      return "which tokens run the FFN";
    case Decision::kKeepAfterLayer:
      return "which tokens stay alive after a layer";
    case Decision::kDecodeFfn:
      return "which FFNs a generated token runs";
  }
  return "";
}

bool fits_behind(Decision decision) {
  return decision == Decision::kAttention || decision == Decision::kCachedRows ||
         decision == Decision::kDecodeFfn;
}

bool changes_prompt(const Decisions& decisions) {
  return std::any_of(decisions.begin(), decisions.end(), [](Decision decision) {
    return decision != Decision::kCachedRows && decision != Decision::kDecodeFfn;
  });
}

bool contains(const Decisions& decisions, Decision decision) {
  return std::find(decisions.begin(), decisions.end(), decision) != decisions.end();
}

}  // namespace skipbench
