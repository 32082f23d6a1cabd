#pragma once

#include <functional>
#include <vector>

#include "tests/methods/support/naive_model.h"
#include "tests/methods/support/reference.h"

namespace skipbench::test {

using HeadScores = std::vector<std::vector<double>>;  // one list a head

/// Attention that the tokens of `asking` pay to each token of `visible`: softmax over the visible
/// tokens up to each query, summed over the queries. One list of ranks a query head.
HeadScores naive_attention_sums(const NaiveLayer& layer, const Positions& visible,
                                const Positions& asking);

/// SnapKV's scores of the ranks before the last `window`, by the last so many of `asking`, pooled
/// by "avg" or "max" over `pool` neighbours: one list a query head ("query"), or a KV head ("kv",
/// and "kv_before_pool" if its query heads are summed before).
HeadScores naive_window_scores(const NaiveLayer& layer, const Positions& visible,
                               const Positions& asking, const Json& params, int64_t kv_heads);
/// By "kv".
HeadScores naive_window_scores(const NaiveLayer& layer, const Positions& visible,
                               const Positions& asking, int64_t window, int64_t pool,
                               const std::string& pooling, int64_t kv_heads);
/// The same where every visible token asks.
inline HeadScores naive_window_scores(const NaiveLayer& layer, const Positions& visible,
                                      int64_t window, int64_t pool, const std::string& pooling,
                                      int64_t kv_heads) {
  return naive_window_scores(layer, visible, visible, window, pool, pooling, kv_heads);
}

/// The sum of each `heads / kv_heads` neighbouring lists.
HeadScores naive_group_sums(const HeadScores& scores, int64_t kv_heads);

/// For each head `count` tokens of `live`, ascending: the last `recent`, then those with the
/// highest scores. One list for everyone where the count (at least `recent`) reaches all of them.
std::vector<Positions> naive_top_and_recent(const HeadScores& scores, const Positions& live,
                                            int64_t count, int64_t recent);

/// What the cache keeps of a layer, given all the prompt's positions: one list, or one a KV head.
using NaiveCache = std::function<std::vector<Positions>(const NaiveLayer&, int64_t layer)>;

/// The same where attention chose: of its visible tokens, some ask.
using NaiveChosenCache = std::function<std::vector<Positions>(
    const NaiveLayer&, const Positions& visible, const Positions& asking)>;

/// Full attention and FFN for everyone; the cache alone is smaller.
Outcome naive_full_with_cache(const Model& model, const Prompt& prompt, const NaiveCache& cache);

/// [V] logits after one more token, which sees of each layer what `prefill` says the cache kept.
at::Tensor naive_next_logits(const Model& model, const Prompt& prompt, int32_t next,
                             const Outcome& prefill);

/// Where the method keeps fewer than all: one list a KV head; where it keeps all, one for everyone.
void set_cached(LayerOutcome& outcome, const std::vector<Positions>& heads);

}  // namespace skipbench::test
