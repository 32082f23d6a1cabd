#include "methods/selection/select_top.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "kernels/base/budget.h"
#include "kernels/ops/rows/top_k.h"

namespace skipbench {
namespace {

ops::ForcedRanks forced_ranks(const ForcedTokens& forced, int64_t live) {
  const int64_t last = std::min(forced.protect_last, live);
  return {std::min(forced.protect_first, live - last), last};
}

}  // namespace

TokenRows select_top(const at::Tensor& scores, int64_t budget, int64_t live,
                     const ForcedTokens& forced_tokens) {
  const ops::ForcedRanks forced = forced_ranks(forced_tokens, live);
  const int64_t count = select_count(budget, live);
  if (forced_tokens.inside()) {
    const int64_t inside = std::max(count, forced.first + forced.last);
    if (inside == live) return TokenRows::all(live);
    return TokenRows::of(ops::top_k_rows(scores, inside, forced), live);
  }
  if (count == live) return TokenRows::all(live);
  at::Tensor chosen = at::zeros({live}, scores.options().dtype(at::kBool));  // [T]
  chosen.index_fill_(0, ops::top_k_rows(scores, count), true);
  return select_where(chosen, forced_tokens);
}

TokenRows select_where(at::Tensor chosen, const ForcedTokens& forced_tokens) {
  const int64_t live = chosen.size(0);
  const ops::ForcedRanks forced = forced_ranks(forced_tokens, live);
  chosen.narrow(0, 0, forced.first).fill_(true);
  chosen.narrow(0, live - forced.last, forced.last).fill_(true);
  return TokenRows::of(chosen.nonzero().squeeze(1), live);
}

TokenRows select_within(const TokenRows& outer, const TokenRows& inner, at::Device device) {
  if (inner.selects_all()) return outer;
  if (outer.selects_all()) return inner;
  return TokenRows::of(outer.indices(device).index_select(0, inner.indices(device)), outer.live());
}

}  // namespace skipbench
