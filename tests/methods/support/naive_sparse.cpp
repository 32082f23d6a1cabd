#include "tests/methods/support/naive_sparse.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace skipbench::test {
namespace {

bool listed(const Json& layers, int64_t layer) {
  return layers.is_null() || std::find(layers.begin(), layers.end(), layer) != layers.end();
}

}  // namespace

at::Tensor naive_scores(const NaiveSparseLayer& at) {
  const at::Tensor live = at::tensor(at.live);
  return at::einsum("qhd,khd->hqk", {at.layer.queries().index_select(0, live),
                                     at.layer.keys().index_select(0, live)});
}

at::Tensor naive_sparse_attention(const NaiveSparseLayer& at, NaivePattern pattern) {
  const NaiveSees sees = listed(at.params.at("layers"), at.index) ? pattern(at) : NaiveSees{};
  if (!sees) return at.layer.attention(at.live);
  const int64_t n = at.tokens();
  at::Tensor unseen = at::ones({at.heads(), n, n}, at::kBool);
  auto left_out = unseen.accessor<bool, 3>();
  for (int64_t head = 0; head < at.heads(); ++head) {
    for (int64_t i = 0; i < n; ++i) {
      for (int64_t j = 0; j <= i; ++j) left_out[head][i][j] = !sees(head, i, j);
    }
  }
  const at::Tensor values = at.layer.values(), live = at::tensor(at.live);
  const at::Tensor weights = (naive_scores(at) / std::sqrt(static_cast<double>(values.size(2))))
                                 .masked_fill_(unseen, -std::numeric_limits<double>::infinity())
                                 .softmax(-1);            // [H, n, n]
  at::Tensor heads = at::zeros_like(at.layer.queries());  // [N, H, d]
  heads.index_copy_(0, live, at::einsum("hqk,khd->qhd", {weights, values.index_select(0, live)}));
  return at.layer.project(heads);
}

Outcome naive_sparse(const Model& model, const Prompt& prompt, const Json& params,
                     NaivePattern pattern) {
  Outcome outcome;
  at::Tensor x = naive_embedding(model, prompt);
  const Positions all = all_positions(prompt.length());
  for (int64_t l = 0; l < model.config.layers; ++l) {
    const NaiveLayer layer(model, l, x);
    x = x + naive_sparse_attention({layer, l, all, prompt, params}, pattern);
    x = x + layer.ffn(x);
    outcome.layers.push_back({all, all, all, all});
  }
  outcome.logits = naive_logits(model, x);
  return outcome;
}

int64_t naive_pairs(const NaiveSparseLayer& at, NaivePattern pattern) {
  const NaiveSees sees = pattern(at);
  int64_t pairs = 0;
  for (int64_t head = 0; head < at.heads(); ++head) {
    for (int64_t i = 0; i < at.tokens(); ++i) {
      for (int64_t j = 0; j <= i; ++j) pairs += !sees || sees(head, i, j) ? 1 : 0;
    }
  }
  return std::llround(static_cast<double>(pairs) / static_cast<double>(at.heads()));
}

void expect_counts_pairs(std::string_view method, NaivePattern pattern, const TinyShape& shape,
                         std::string_view params, int64_t length) {
  SCOPED_TRACE(testing::Message() << shape.name << " " << params << " N " << length);
  const Model model = tiny_model(shape);
  Decoder decoder(model);
  const Json given = Json::parse(params);
  const Prompt prompt = tiny_prompt(length);
  const auto ready = ready_method(method, given, decoder);
  const Sequence sequence = decoder.prefill(prompt, *ready);
  const NaiveLayer layer(model, 0, naive_embedding(model, prompt));
  const Positions all = all_positions(length);
  EXPECT_EQ(sequence.activity.layers[0].attention_pairs,
            naive_pairs({layer, 0, all, prompt, resolved(method, given)}, pattern));
}

std::vector<bool> naive_share(const std::vector<double>& scores, double share,
                              const Positions& forced, int64_t least) {
  const double total = std::accumulate(scores.begin(), scores.end(), 0.0);
  std::vector<bool> chosen(scores.size(), false);
  double held = 0;
  int64_t count = 0;
  const auto choose = [&](int64_t entry) {
    chosen[entry] = true;
    held += scores[entry];
    ++count;
  };
  for (const int64_t entry : forced) {
    if (!chosen[entry]) choose(entry);
  }
  Positions by_score = all_positions(std::ssize(scores));
  std::stable_sort(by_score.begin(), by_score.end(),
                   [&](int64_t a, int64_t b) { return scores[a] > scores[b]; });
  for (const int64_t entry : by_score) {
    if (held >= share * total && count >= least) break;
    if (!chosen[entry]) choose(entry);
  }
  return chosen;
}

}  // namespace skipbench::test
