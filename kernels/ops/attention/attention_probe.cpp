#include "kernels/ops/attention/attention_probe.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/ops/attention/attention_probe_cuda.h"
#include "kernels/ops/device/cuda_scope.h"
#include "kernels/ops/device/profile.h"
#include "kernels/ops/device/slow_path.h"

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

// Heads of 16-byte pieces: [rows, heads, d].
bool rows_have_kernel(const at::Tensor& x) {
  const int64_t size = x.size(2);
  return has_kernel(x) && x.scalar_type() != at::kFloat && x.stride(2) == 1 &&
         x.stride(0) % 8 == 0 && x.stride(1) % 8 == 0 &&
         (size == 64 || size == 96 || size == 128 || size == 256) &&
         reinterpret_cast<uintptr_t>(x.const_data_ptr()) % 16 == 0;
}

bool probe_has_kernel(const at::Tensor& queries, const at::Tensor& keys) {
  return rows_have_kernel(queries) && rows_have_kernel(keys) && queries.size(0) >= 1 &&
         queries.scalar_type() == keys.scalar_type() && queries.size(1) <= kMostProbeRows;
}

// Adds to out what the queries pay to the keys; they are the last of the tokens that have keys.
// query_weights: [w], or undefined where each weighs query_weight. out: [T], or [H, T].
void add_probe_cuda(at::Tensor& out, bool adds, const at::Tensor& queries, const at::Tensor& keys,
                    const at::Tensor& query_weights, double query_weight) {
  const int window = static_cast<int>(queries.size(0)), tokens = static_cast<int>(keys.size(0));
  const int kv_heads = static_cast<int>(keys.size(1)), head_size = static_cast<int>(keys.size(2));
  const int group = static_cast<int>(queries.size(1)) / kv_heads, rows = window * group;
  const bool per_head = out.dim() == 2;
  const int64_t score_stride = (tokens + kProbeOctet - 1) / kProbeOctet * kProbeOctet;
  const CudaScope scope(keys);
  const int parts = probe_parts(tokens, kv_heads, rows, head_size);
  const at::Tensor scores =
      at::empty({probe_score_rows(kv_heads, rows, per_head), score_stride}, out.options());
  const at::Tensor stats = at::empty({kv_heads * rows, parts, 2}, out.options());
  launch_attention_probe(
      {.element = element_of(keys),
       .queries = queries.const_data_ptr(),
       .query_row_stride = queries.stride(0),
       .query_head_stride = queries.stride(1),
       .keys = keys.const_data_ptr(),
       .key_row_stride = keys.stride(0),
       .key_head_stride = keys.stride(1),
       .window = window,
       .kv_heads = kv_heads,
       .group = group,
       .head_size = head_size,
       .tokens = tokens,
       .parts = parts,
       .scores = scores.mutable_data_ptr<float>(),
       .score_stride = score_stride,
       .stats = stats.mutable_data_ptr<float>(),
       .query_weights = query_weights.defined() ? query_weights.const_data_ptr<float>() : nullptr,
       .query_weight = static_cast<float>(query_weight),
       .per_head = per_head,
       .adds = adds,
       .out = out.mutable_data_ptr<float>(),
       .out_stride = per_head ? out.stride(0) : 0},
      scope.stream());
}

// The queries in chunks of which all scores exist at a time. query_weights: undefined for the mean.
at::Tensor probe_cuda(const at::Tensor& queries, const at::Tensor& keys,
                      const at::Tensor& query_weights, bool per_head) {
  const int64_t window = queries.size(0), heads = queries.size(1), tokens = keys.size(0);
  const int64_t query_bytes = heads * tokens * static_cast<int64_t>(sizeof(float));
  const int64_t chunk =
      std::max<int64_t>(1, std::min(kChunkBytes / query_bytes, kMostProbeRows / heads));
  const bool adds = chunk < window;
  const auto options = keys.options().dtype(at::kFloat);
  const std::vector<int64_t> shape =
      per_head ? std::vector<int64_t>{heads, tokens} : std::vector<int64_t>{tokens};
  at::Tensor out = adds ? at::zeros(shape, options) : at::empty(shape, options);
  for (int64_t begin = 0; begin < window; begin += chunk) {
    const int64_t count = std::min(chunk, window - begin);
    const at::Tensor weights =
        query_weights.defined() ? query_weights.narrow(0, begin, count) : query_weights;
    add_probe_cuda(out, adds, queries.narrow(0, begin, count),
                   keys.narrow(0, 0, tokens - window + begin + count), weights,
                   1.0 / static_cast<double>(window));
  }
  return out;
}

}  // namespace

at::Tensor attention_probe(const at::Tensor& queries, const at::Tensor& keys) {
  const ProfileScope timed(OpGroup::kProbe);
  if constexpr (kWithCuda) {
    if (probe_has_kernel(queries, keys)) return probe_cuda(queries, keys, {}, /*per_head=*/false);
  }
  note_no_kernel("attention_probe", queries);
  return attention_weights(queries, keys)
      .view({queries.size(0) * queries.size(1), keys.size(0)})
      .mean(0);
}

at::Tensor attention_probe_per_head(const at::Tensor& queries, const at::Tensor& keys) {
  const ProfileScope timed(OpGroup::kProbe);
  if constexpr (kWithCuda) {
    if (probe_has_kernel(queries, keys)) return probe_cuda(queries, keys, {}, /*per_head=*/true);
  }
  note_no_kernel("attention_probe_per_head", queries);
  return attention_weights(queries, keys).mean(1).view({queries.size(1), keys.size(0)});
}

at::Tensor weighted_attention_probe(const at::Tensor& queries, const at::Tensor& keys,
                                    const at::Tensor& query_weights) {
  const ProfileScope timed(OpGroup::kProbe);
  if constexpr (kWithCuda) {
    if (probe_has_kernel(queries, keys) && query_weights.is_contiguous() &&
        query_weights.scalar_type() == at::kFloat) {
      return probe_cuda(queries, keys, query_weights, /*per_head=*/false);
    }
  }
  note_no_kernel("weighted_attention_probe", queries);
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
