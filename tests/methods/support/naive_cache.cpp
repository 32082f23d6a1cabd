#include "tests/methods/support/naive_cache.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

namespace skipbench::test {

HeadScores naive_attention_sums(const NaiveLayer& layer, const Positions& visible,
                                const Positions& asking) {
  const at::Tensor queries = layer.queries(), keys = layer.keys();
  const auto q = queries.accessor<double, 3>(), k = keys.accessor<double, 3>();
  const int64_t heads = q.size(1), size = q.size(2), tokens = std::ssize(visible);
  HeadScores sums(heads, std::vector<double>(tokens, 0.0));
  for (int64_t head = 0; head < heads; ++head) {
    for (const int64_t query : asking) {
      std::vector<double> weights;
      double total = 0;
      for (int64_t j = 0; j < tokens && visible[j] <= query; ++j) {
        double product = 0;
        for (int64_t e = 0; e < size; ++e) product += q[query][head][e] * k[visible[j]][head][e];
        weights.push_back(std::exp(product / std::sqrt(static_cast<double>(size))));
        total += weights.back();
      }
      for (size_t j = 0; j < weights.size(); ++j) sums[head][j] += weights[j] / total;
    }
  }
  return sums;
}

HeadScores naive_group_sums(const HeadScores& scores, int64_t kv_heads) {
  const int64_t group = std::ssize(scores) / kv_heads;
  HeadScores sums(kv_heads, std::vector<double>(scores[0].size(), 0.0));
  for (int64_t head = 0; head < std::ssize(scores); ++head) {
    for (size_t i = 0; i < scores[head].size(); ++i) sums[head / group][i] += scores[head][i];
  }
  return sums;
}

HeadScores naive_window_scores(const NaiveLayer& layer, const Positions& visible,
                               const Positions& asking, int64_t window, int64_t pool,
                               const std::string& pooling, int64_t kv_heads) {
  return naive_window_scores(
      layer, visible, asking,
      {{"window", window}, {"pool", pool}, {"pooling", pooling}, {"gqa", "kv"}}, kv_heads);
}

HeadScores naive_window_scores(const NaiveLayer& layer, const Positions& visible,
                               const Positions& asking, const Json& params, int64_t kv_heads) {
  const int64_t window = params.at("window"), pool = params.at("pool");
  const std::string pooling = params.at("pooling"), gqa = params.at("gqa");
  const int64_t prefix = std::max<int64_t>(std::ssize(visible) - window, 0);
  const Positions last(asking.end() - std::min(window, std::ssize(asking)), asking.end());
  HeadScores lists = naive_attention_sums(layer, visible, last);
  if (gqa == "kv_before_pool") lists = naive_group_sums(lists, kv_heads);
  HeadScores pooled;
  for (const std::vector<double>& sums : lists) {
    std::vector<double>& head = pooled.emplace_back();
    for (int64_t i = 0; i < prefix; ++i) {
      double total = 0, largest = -std::numeric_limits<double>::infinity();
      for (int64_t j = i - pool / 2; j <= i + pool / 2; ++j) {
        if (j < 0 || j >= prefix) continue;
        total += sums[j];
        largest = std::max(largest, sums[j]);
      }
      head.push_back(pooling == "avg" ? total / static_cast<double>(pool) : largest);
    }
  }
  return gqa == "kv" ? naive_group_sums(pooled, kv_heads) : pooled;
}

std::vector<Positions> naive_top_and_recent(const HeadScores& scores, const Positions& live,
                                            int64_t count, int64_t recent) {
  if (std::max(count, recent) >= std::ssize(live)) return {live};
  const int64_t prefix = std::ssize(live) - recent;
  std::vector<Positions> lists;
  for (const std::vector<double>& head : scores) {
    std::set<int64_t> chosen;
    for (int64_t i = prefix; i < std::ssize(live); ++i) chosen.insert(i);
    while (std::ssize(chosen) < count) {
      int64_t best = -1;
      for (int64_t i = 0; i < prefix; ++i) {
        if (!chosen.contains(i) && (best < 0 || head[i] > head[best])) best = i;
      }
      chosen.insert(best);
    }
    Positions& kept = lists.emplace_back();
    for (const int64_t rank : chosen) kept.push_back(live[rank]);
  }
  return lists;
}

void set_cached(LayerOutcome& outcome, const std::vector<Positions>& heads) {
  outcome.cached = heads[0];
  if (heads.size() > 1) outcome.cached_heads = heads;
}

Outcome naive_full_with_cache(const Model& model, const Prompt& prompt, const NaiveCache& cache) {
  Outcome outcome;
  at::Tensor x = naive_embedding(model, prompt);
  const Positions all = all_positions(prompt.length());
  for (int64_t l = 0; l < model.config.layers; ++l) {
    const NaiveLayer layer(model, l, x);
    LayerOutcome did;
    did.attention = did.ffn = did.alive_after = all;
    set_cached(did, cache(layer, l));
    add_rows(x, all, layer.attention(all));
    add_rows(x, all, layer.ffn(x));
    outcome.layers.push_back(did);
  }
  outcome.logits = naive_logits(model, x);
  return outcome;
}

at::Tensor naive_next_logits(const Model& model, const Prompt& prompt, int32_t next,
                             const Outcome& prefill) {
  const int64_t n = prompt.length();
  Prompt longer = prompt;
  longer.tokens.push_back(next);
  at::Tensor x = naive_embedding(model, longer);
  for (int64_t l = 0; l < model.config.layers; ++l) {
    const LayerOutcome& did = prefill.layers[l];
    std::vector<Positions> visible = did.cached_heads;
    if (visible.empty()) visible = {did.cached};
    for (Positions& head : visible) head.push_back(n);
    const NaiveLayer layer(model, l, x);
    const at::Tensor last = layer.attention_of(n, visible);
    add_rows(x, did.attention, layer.attention(did.attention));
    x[n] += last;
    Positions ffn = did.ffn;
    ffn.push_back(n);
    add_rows(x, ffn, layer.ffn(x).clone());
  }
  return naive_logits(model, x);
}

}  // namespace skipbench::test
