#include "tests/methods/support/naive_model.h"

#include <ATen/ATen.h>

#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

namespace skipbench::test {
namespace {

at::Tensor wide(const at::Tensor& x) {
  return x.to(at::kDouble);
}

at::Tensor normalised(const at::Tensor& x, const at::Tensor& weight, double epsilon) {
  return x / (x.square().mean(1, true) + epsilon).sqrt() * wide(weight);
}

// x [N, heads, d], position n in row n; element i pairs with i + d / 2.
at::Tensor rotated(const at::Tensor& x, double base) {
  at::Tensor result = x.clone();
  auto a = result.accessor<double, 3>();
  const int64_t half = x.size(2) / 2;
  for (int64_t n = 0; n < x.size(0); ++n) {
    for (int64_t i = 0; i < half; ++i) {
      const double angle = static_cast<double>(n) *
                           std::pow(base, -static_cast<double>(i) / static_cast<double>(half));
      for (int64_t head = 0; head < x.size(1); ++head) {
        const double left = a[n][head][i], right = a[n][head][i + half];
        a[n][head][i] = left * std::cos(angle) - right * std::sin(angle);
        a[n][head][i + half] = right * std::cos(angle) + left * std::sin(angle);
      }
    }
  }
  return result;
}

}  // namespace

NaiveLayer::NaiveLayer(const Model& model, int64_t layer, const at::Tensor& hidden)
    : config_(model.config), weights_(model.weights.layers[layer]) {
  const ModelConfig& c = config_;
  at::Tensor kqv = normalised(hidden, weights_.attention_norm, c.norm_epsilon)
                       .matmul(wide(weights_.kqv).t());  // [N, (Hkv + H + Hkv) d]
  if (c.qkv_bias) kqv = kqv + wide(weights_.kqv_bias);
  const int64_t kv = c.kv_heads * c.head_size, q = c.query_heads * c.head_size;
  const int64_t n = hidden.size(0), group = c.query_heads / c.kv_heads;
  const auto heads = [&](int64_t first, int64_t width) {
    return kqv.narrow(1, first, width).reshape({n, width / c.head_size, c.head_size});
  };
  keys_ = rotated(heads(0, kv), c.rope_base).repeat_interleave(group, 1);
  queries_ = rotated(heads(kv, q), c.rope_base);
  values_ = heads(kv + q, kv).repeat_interleave(group, 1);
}

at::Tensor NaiveLayer::attention(const Positions& visible) const {
  const int64_t n = queries_.size(0);
  at::Tensor hidden_keys = at::ones({n}, at::kBool);
  for (const int64_t position : visible) hidden_keys[position] = false;
  const at::Tensor masked = at::ones({n, n}, at::kBool).triu(1).logical_or(hidden_keys);
  const double scale = 1 / std::sqrt(static_cast<double>(config_.head_size));
  const at::Tensor scores = at::einsum("qhd,khd->hqk", {queries_, keys_})
                                .mul(scale)
                                .masked_fill(masked, -std::numeric_limits<double>::infinity());
  // Rows without any visible key are NaN; no method updates such a token.
  const at::Tensor heads = at::einsum("hqk,khd->qhd", {scores.softmax(-1), values_});
  return project(heads);
}

at::Tensor NaiveLayer::project(const at::Tensor& heads) const {
  return heads.reshape({heads.size(0), -1}).matmul(wide(weights_.attention_out).t());
}

at::Tensor NaiveLayer::turned_key(int64_t token, int64_t head, int64_t by) const {
  const at::Tensor key = keys_[token][head], turned = key.clone();  // [d]
  const int64_t half = key.size(0) / 2;
  for (int64_t i = 0; i < half; ++i) {
    const double angle =
        static_cast<double>(by) *
        std::pow(config_.rope_base, -static_cast<double>(i) / static_cast<double>(half));
    turned[i] = key[i] * std::cos(angle) - key[i + half] * std::sin(angle);
    turned[i + half] = key[i + half] * std::cos(angle) + key[i] * std::sin(angle);
  }
  return turned;
}

at::Tensor NaiveLayer::attention_of(int64_t token, const std::vector<Positions>& visible,
                                    bool side_by_side) const {
  const int64_t heads = config_.query_heads, group = heads / std::ssize(visible);
  std::vector<at::Tensor> outputs;
  for (int64_t head = 0; head < heads; ++head) {
    at::Tensor output = at::zeros({config_.head_size}, at::kDouble);
    double total = 0;
    const Positions& seen = visible[head / group];
    for (int64_t rank = 0; rank < std::ssize(seen); ++rank) {
      const int64_t position = seen[rank], place = token - (std::ssize(seen) - 1 - rank);
      const at::Tensor key =
          side_by_side ? turned_key(position, head, place - position) : keys_[position][head];
      const double product = (queries_[token][head] * key).sum().item<double>();
      const double weight = std::exp(product / std::sqrt(static_cast<double>(config_.head_size)));
      output += weight * values_[position][head];
      total += weight;
    }
    outputs.push_back(output / total);
  }
  return wide(weights_.attention_out).matmul(at::cat(outputs));
}

at::Tensor NaiveLayer::ffn_input(const at::Tensor& x) const {
  return normalised(x, weights_.ffn_norm, config_.norm_epsilon);
}

at::Tensor NaiveLayer::ffn(const at::Tensor& x) const {
  const auto gate_up = ffn_input(x).matmul(wide(weights_.gate_up).t()).chunk(2, 1);
  return (gate_up[0] * gate_up[0].sigmoid() * gate_up[1]).matmul(wide(weights_.down).t());
}

std::vector<double> NaiveLayer::probe(const Positions& live, int64_t window) const {
  const at::Tensor mean = probe_weights(live, window).mean(at::IntArrayRef{0, 1});  // [N]
  const auto* const data = mean.const_data_ptr<double>();
  return {data, data + mean.numel()};
}

at::Tensor NaiveLayer::probe_weights(const Positions& live, int64_t window) const {
  const auto q = queries_.accessor<double, 3>(), k = keys_.accessor<double, 3>();
  const int64_t first = std::max<int64_t>(0, std::ssize(live) - window);
  at::Tensor result = at::zeros({std::ssize(live) - first, q.size(1), q.size(0)}, at::kDouble);
  auto paid = result.accessor<double, 3>();
  for (int64_t i = first; i < std::ssize(live); ++i) {
    for (int64_t head = 0; head < q.size(1); ++head) {
      std::vector<double> weights(i + 1);
      double total = 0;
      for (int64_t j = 0; j <= i; ++j) {
        double product = 0;
        for (int64_t e = 0; e < q.size(2); ++e)
          product += q[live[i]][head][e] * k[live[j]][head][e];
        weights[j] = std::exp(product / std::sqrt(static_cast<double>(q.size(2))));
        total += weights[j];
      }
      for (int64_t j = 0; j <= i; ++j) paid[i - first][head][live[j]] = weights[j] / total;
    }
  }
  return result;
}

void add_rows(at::Tensor& x, const Positions& rows, const at::Tensor& update) {
  for (const int64_t row : rows) x[row] += update[row];
}

std::vector<double> norms(const at::Tensor& x) {
  const at::Tensor sizes = x.square().sum(1).sqrt();  // [N]
  const auto* const data = sizes.const_data_ptr<double>();
  return {data, data + sizes.numel()};
}

at::Tensor naive_embedding(const Model& model, const Prompt& prompt) {
  std::vector<at::Tensor> rows;
  for (const int32_t token : prompt.tokens) rows.push_back(wide(model.weights.embedding[token]));
  return at::stack(rows);
}

at::Tensor naive_logits(const Model& model, const at::Tensor& hidden) {
  const at::Tensor last = hidden.narrow(0, hidden.size(0) - 1, 1);
  return normalised(last, model.weights.final_norm, model.config.norm_epsilon)
      .matmul(wide(model.weights.output).t())
      .squeeze(0);
}

Positions all_positions(int64_t n) {
  Positions positions(n);
  std::iota(positions.begin(), positions.end(), 0);
  return positions;
}

}  // namespace skipbench::test
