#include "kernels/ops/attention_probe.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace skipbench::ops {
namespace {

constexpr int64_t kChunkBytes = int64_t{1} << 28;

// What each of the last w tokens pays to the keys it may see: [Hkv, w, group, T] fp32.
at::Tensor attention_weights(const at::Tensor& queries, const at::Tensor& keys) {
  const int64_t window = queries.size(0), heads = queries.size(1), size = queries.size(2);
  const int64_t tokens = keys.size(0), kv_heads = keys.size(1), group = heads / kv_heads;
  // [w, H, d] -> [Hkv, w * group, d]: the query heads of one KV head side by side.
  const at::Tensor grouped = queries.reshape({window, kv_heads, group, size})
                                 .permute({1, 0, 2, 3})
                                 .reshape({kv_heads, window * group, size});
  at::Tensor scores = at::bmm(grouped.to(at::kFloat), keys.permute({1, 2, 0}).to(at::kFloat))
                          .mul_(1.0 / std::sqrt(static_cast<double>(size)))
                          .view({kv_heads, window, group, tokens});
  if (window > 1) {
    const auto mask_options = scores.options().dtype(at::kBool);
    const at::Tensor unseen =
        at::ones({window, tokens}, mask_options).triu(tokens - window + 1);  // [w, T]
    scores.masked_fill_(unseen.unsqueeze(1), -std::numeric_limits<double>::infinity());
  }
  return at::softmax(scores, -1);
}

}  // namespace

at::Tensor attention_probe(const at::Tensor& queries, const at::Tensor& keys) {
  return attention_weights(queries, keys)
      .view({queries.size(0) * queries.size(1), keys.size(0)})
      .mean(0);
}

at::Tensor attention_probe_per_head(const at::Tensor& queries, const at::Tensor& keys) {
  return attention_weights(queries, keys).mean(1).view({queries.size(1), keys.size(0)});
}

at::Tensor weighted_attention_probe(const at::Tensor& queries, const at::Tensor& keys,
                                    const at::Tensor& query_weights) {
  const int64_t window = queries.size(0), tokens = keys.size(0);
  const int64_t query_bytes = queries.size(1) * tokens * static_cast<int64_t>(sizeof(float));
  const int64_t chunk = std::max<int64_t>(1, kChunkBytes / query_bytes);
  const at::Tensor wide_keys = keys.to(at::kFloat);                // [T, Hkv, d]
  at::Tensor sums = at::zeros({tokens}, query_weights.options());  // [T]
  for (int64_t begin = 0; begin < window; begin += chunk) {
    const int64_t count = std::min(chunk, window - begin);
    const int64_t seen =
        tokens - window + begin + count;  // the chunk's queries are the last of these
    const at::Tensor head_means =
        attention_weights(queries.narrow(0, begin, count), wide_keys.narrow(0, 0, seen))
            .mean(at::IntArrayRef{0, 2});  // [count, seen]
    sums.narrow(0, 0, seen).add_(query_weights.narrow(0, begin, count).matmul(head_means));
  }
  return sums;
}

}  // namespace skipbench::ops
