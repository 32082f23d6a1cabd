#include "kernels/ops/attention/attention.h"

#include <ATen/ATen.h>
#include <ATen/SDPBackend.h>

#include <algorithm>
#include <initializer_list>
#include <map>
#include <vector>

#include "kernels/ops/attention/decode_attention.h"
#include "kernels/ops/device/profile.h"
#include "kernels/ops/device/slow_path.h"
#include "kernels/ops/rows/row_buffer.h"

namespace skipbench::ops {
namespace {

// [M, heads, d] as the [1, heads, M, d] view that LibTorch's attention takes.
at::Tensor heads_first(const at::Tensor& x) {
  return x.transpose(0, 1).unsqueeze(0);
}

// [1, H, M, d] back to [M, H, d]; the copy is free where the kernel already wrote that layout.
at::Tensor rows_first(const at::Tensor& x) {
  return x.squeeze(0).transpose(0, 1).contiguous();
}

bool is_half(const at::Tensor& x) {
  return x.scalar_type() == at::kBFloat16 || x.scalar_type() == at::kHalf;
}

// What cuDNN keeps a plan for: sizes and strides of query, key and value.
using PlannedShape = std::vector<int64_t>;

// Every shape met, and whether LibTorch has no fused kernel for it.
std::map<PlannedShape, bool>& planned_shapes() {
  thread_local std::map<PlannedShape, bool> shapes;  // as cuDNN's own plans
  return shapes;
}

// The shape's entry, and whether it is new.
auto note_plan(std::initializer_list<at::Tensor> inputs, bool masked) {
  PlannedShape shape{masked ? 1 : 0};
  for (const at::Tensor& x : inputs) {
    shape.push_back(static_cast<int64_t>(x.scalar_type()));
    shape.insert(shape.end(), x.sizes().begin(), x.sizes().end());
    shape.insert(shape.end(), x.strides().begin(), x.strides().end());
  }
  return planned_shapes().emplace(std::move(shape), false);
}

// cuDNN's attention is the fastest on Hopper and takes grouped KV heads as they are. Of other head
// sizes than multiples of this it makes no plan, and LibTorch then reads the plan all the same.
constexpr int64_t kCudnnHeadStep = 8;

at::Tensor cudnn_causal(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v) {
  note_plan({q, k, v}, /*masked=*/false);
  const auto result = at::_scaled_dot_product_cudnn_attention(
      q, k, v, /*attn_bias=*/std::nullopt, /*compute_log_sumexp=*/false, /*dropout_p=*/0.0,
      /*is_causal=*/true, /*return_debug_mask=*/false);
  return std::get<0>(result);
}

// Up to here each query may read the cache by itself: K and V stay in the L2 cache between them.
constexpr int64_t kFewQueries = 8;

at::Tensor attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                     const std::optional<at::Tensor>& mask, bool causal) {
  const int64_t group = q.size(1) / k.size(1);
  if (group == 1 || q.is_cpu() || is_half(q)) {
    return at::scaled_dot_product_attention(q, k, v, mask, /*dropout_p=*/0.0, causal,
                                            /*scale=*/std::nullopt, /*enable_gqa=*/group > 1);
  }
  // In fp32 CUDA has no fused kernel for grouped heads: repeating K and V keeps the memory linear.
  return at::scaled_dot_product_attention(q, k.repeat_interleave(group, 1),
                                          v.repeat_interleave(group, 1), mask, 0.0, causal);
}

// Which keys each query sees, of as many as there are: [M, keys].
at::Tensor keys_up_to(const at::Tensor& ranks, int64_t keys) {
  return at::arange(keys, ranks.options()).unsqueeze(0) <= ranks.unsqueeze(1);
}

at::Tensor mask_up_to(const at::Tensor& ranks, int64_t keys) {
  return keys_up_to(ranks, keys).unsqueeze(0).unsqueeze(0);  // [1, 1, M, keys]
}

at::Tensor attention_up_to(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                           const at::Tensor& ranks) {
  return rows_first(attention(heads_first(q), heads_first(k), heads_first(v),
                              mask_up_to(ranks, k.size(0)), /*causal=*/false));
}

// LibTorch chooses among its kernels by itself, and makes plain products where none fits.
bool lacks_fused_kernel(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                        const at::Tensor& mask) {
  const int64_t choice =
      at::_fused_sdp_choice(q, k, v, mask, /*dropout_p=*/0.0, /*is_causal=*/false,
                            /*scale=*/std::nullopt, /*enable_gqa=*/q.size(1) != k.size(1));
  return choice == static_cast<int64_t>(at::SDPBackend::math);
}

// With queries and keys padded to numbers that cuDNN has plans for. Padded queries see key 0.
at::Tensor planned_attention_up_to(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                                   const at::Tensor& ranks, bool room) {
  const at::Tensor queries = heads_first(padded_to_plan(q, room));
  const at::Tensor keys = heads_first(padded_to_plan(k, room));
  const at::Tensor values = heads_first(padded_to_plan(v, room));
  const at::Tensor padded = at::constant_pad_nd(ranks, {0, queries.size(2) - q.size(0)});
  const at::Tensor mask = mask_up_to(padded, keys.size(2));
  const auto [shape, is_new] = note_plan({queries, keys, values}, /*masked=*/true);
  if (is_new) shape->second = lacks_fused_kernel(queries, keys, values, mask);
  if (shape->second) note_slow_path("selected_attention", "LibTorch has no fused kernel for it");
  return rows_first(attention(queries, keys, values, mask, /*causal=*/false))
      .narrow(0, 0, q.size(0));
}

}  // namespace

at::Tensor causal_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                            bool room) {
  const ProfileScope timed(OpGroup::kAttention);
  if (!q.is_cuda() || !is_half(q) || q.size(2) % kCudnnHeadStep != 0) {
    note_no_kernel("causal_attention", q);
    return rows_first(
        attention(heads_first(q), heads_first(k), heads_first(v), std::nullopt, /*causal=*/true));
  }
  // Padding after the last row is seen by no row before it.
  const at::Tensor padded =
      cudnn_causal(heads_first(padded_to_plan(q, room)), heads_first(padded_to_plan(k, room)),
                   heads_first(padded_to_plan(v, room)));
  return rows_first(padded).narrow(0, 0, q.size(0));
}

int64_t attention_plans_met() {
  return static_cast<int64_t>(planned_shapes().size());
}

at::Tensor selected_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                              const at::Tensor& ranks, bool room) {
  const ProfileScope timed(OpGroup::kAttention);
  // Off the CPU the largest rank of a chunk is not known without waiting: one chunk sees all keys.
  if (!q.is_cpu()) {
    if (is_half(q)) return planned_attention_up_to(q, k, v, ranks, room);
    note_no_kernel("selected_attention", q);
    return attention_up_to(q, k, v, ranks);
  }
  constexpr int64_t kChunk = 256;
  const int64_t rows = q.size(0);
  std::vector<at::Tensor> parts;
  for (int64_t begin = 0; begin < rows; begin += kChunk) {
    const int64_t count = std::min(kChunk, rows - begin);
    const at::Tensor chunk_ranks = ranks.narrow(0, begin, count);  // [count]
    const int64_t seen = chunk_ranks[count - 1].item<int64_t>() + 1;
    parts.push_back(attention_up_to(q.narrow(0, begin, count), k.narrow(0, 0, seen),
                                    v.narrow(0, 0, seen), chunk_ranks));
  }
  return at::cat(parts);
}

at::Tensor cached_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v) {
  const ProfileScope timed(OpGroup::kAttention);
  const int64_t rows = q.size(0), length = k.size(1);
  if (rows <= kFewQueries && decode_attention_has_kernel(q, k, v)) {
    return decode_attention(q, k, v, length);
  }
  if (rows > 1 && q.is_cuda() && is_half(q)) {
    const at::Tensor ranks = at::arange(length - rows, length, q.options().dtype(at::kLong));
    return planned_attention_up_to(q, k.transpose(0, 1), v.transpose(0, 1), ranks,
                                   /*room=*/false);
  }
  note_no_kernel("cached_attention", q);
  std::optional<at::Tensor> mask;  // a single new token sees everything
  if (rows > 1) {
    mask = at::ones({rows, length}, q.options().dtype(at::kBool)).tril(length - rows);
  }
  return rows_first(
      attention(heads_first(q), k.unsqueeze(0), v.unsqueeze(0), mask, /*causal=*/false));
}

}  // namespace skipbench::ops
