#include "kernels/ops/sparse/sparse_attention.h"

#include <ATen/ATen.h>

#include <algorithm>

#include <limits>

#include "kernels/base/check.h"
#include "kernels/ops/device/contract.h"
#include "kernels/ops/device/cuda_scope.h"
#include "kernels/ops/device/profile.h"
#include "kernels/ops/device/slow_path.h"
#include "kernels/ops/sparse/sparse_attention_cuda.h"
#include "kernels/ops/sparse/sparse_lists.h"

namespace skipbench::ops {
namespace {

void check_pattern(const SparsePattern& pattern, int64_t heads, int64_t tokens) {
  const at::Tensor& blocks = pattern.blocks;
  require(blocks.dim() == 3 && blocks.size(0) == heads && blocks.size(1) == query_blocks(tokens) &&
              blocks.size(2) == key_blocks(tokens),
          "sparse attention: the pattern's blocks do not fit {} heads and {} tokens", heads,
          tokens);
  require(!pattern.columns.defined() || pattern.columns.size(0) == heads,
          "sparse attention: the pattern's columns do not fit {} heads", heads);
}

// In each head ascending and unique tokens, then kNoColumn.
void check_columns(const at::Tensor& columns, int64_t tokens) {
  const int64_t later = columns.size(1) - 1;
  const at::Tensor none = columns.eq(kNoColumn);  // [H, C]
  const at::Tensor ascending = columns.narrow(1, 1, later).gt(columns.narrow(1, 0, later));
  require(all_hold(ascending.logical_or(none.narrow(1, 1, later))),
          "sparse attention: the columns are not ascending and unique");
  const at::Tensor inside = columns.ge(0).logical_and(columns.lt(tokens)).logical_or(none);
  require(all_hold(inside), "sparse attention: a column lies outside of {} tokens", tokens);
}

// That columns ascend, and that every query sees a key: the first one of each block sees the
// fewest.
void check_keys(const SparsePattern& pattern, int64_t tokens) {
  const at::Tensor& blocks = pattern.blocks;  // [H, Q, K]
  if (!ContractChecks::look_at(blocks.device())) return;
  const auto ranks = at::TensorOptions(at::kLong).device(blocks.device());
  const at::Tensor first = at::arange(blocks.size(1), ranks) * kQueryBlock;     // [Q]
  const at::Tensor key_blocks = at::arange(blocks.size(2), ranks) * kKeyBlock;  // [K]
  at::Tensor sees =
      blocks.logical_and(key_blocks.unsqueeze(0) <= first.unsqueeze(1)).any(2);  // [H, Q]
  if (pattern.columns.defined() && pattern.columns.size(1) > 0) {
    check_columns(pattern.columns, tokens);
    sees = sees.logical_or(pattern.columns.narrow(1, 0, 1) <= first.unsqueeze(0));
  }
  require(all_hold(sees), "sparse attention: a block of queries begins without a key");
}

// Which tokens are columns: [H, T] bool; undefined for none.
at::Tensor column_mask(const SparsePattern& pattern, int64_t heads, int64_t tokens) {
  if (!pattern.columns.defined()) return {};
  return at::zeros({heads, tokens + 1}, pattern.blocks.options())
      .scatter_(1, pattern.columns.clamp_max(tokens), true)
      .narrow(1, 0, tokens);
}

// One head's block of queries [n, d], of which the last has rank `end` - 1, among the keys that it
// sees: [n, d]. seen: [S] int64, ascending, all below `end`.
at::Tensor attend_block(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                        const at::Tensor& seen, int64_t end) {
  const at::Tensor ranks = at::arange(end - q.size(0), end, seen.options());
  const at::Tensor causal = seen.unsqueeze(0) <= ranks.unsqueeze(1);  // cuts on the diagonal alone
  const auto one_head = [](const at::Tensor& x) { return x.unsqueeze(0).unsqueeze(0); };
  return at::scaled_dot_product_attention(one_head(q), one_head(k.index_select(0, seen)),
                                          one_head(v.index_select(0, seen)), one_head(causal))
      .squeeze(0)
      .squeeze(0);
}

// Per head and block of queries: the keys that it sees are gathered, the product is dense.
at::Tensor gathered_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                              const SparsePattern& pattern) {
  const int64_t tokens = q.size(0), heads = q.size(1), group = heads / k.size(1);
  const at::Tensor columns = column_mask(pattern, heads, tokens);
  at::Tensor result = at::empty(q.sizes(), q.options());  // [T, H, d]
  for (int64_t head = 0; head < heads; ++head) {
    const at::Tensor head_q = q.select(1, head);  // [T, d]
    const at::Tensor head_k = k.select(1, head / group), head_v = v.select(1, head / group);
    for (int64_t block = 0; block < query_blocks(tokens); ++block) {
      const int64_t begin = block * kQueryBlock, end = std::min(begin + kQueryBlock, tokens);
      at::Tensor sees = pattern.blocks[head][block].repeat_interleave(kKeyBlock).narrow(0, 0, end);
      if (columns.defined()) sees = sees.logical_or(columns[head].narrow(0, 0, end));  // [end]
      result.select(1, head)
          .narrow(0, begin, end - begin)
          .copy_(attend_block(head_q.narrow(0, begin, end - begin), head_k, head_v,
                              sees.nonzero().squeeze(1), end));
    }
  }
  return result;
}

// x as the kernel reads it: the heads of a row side by side, on multiples of 16 bytes.
at::Tensor rows_of_heads(const at::Tensor& x) {
  const bool fits = x.stride(2) == 1 && x.stride(1) == x.size(2) && x.stride(0) % 8 == 0 &&
                    reinterpret_cast<uintptr_t>(x.const_data_ptr()) % 16 == 0;
  return fits ? x : x.contiguous();
}

bool has_sparse_kernel(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v) {
  const int64_t size = q.size(2);
  if (!has_kernel(q) || q.scalar_type() == at::kFloat || (size != 64 && size != 128)) return false;
  if (k.scalar_type() != q.scalar_type() || v.scalar_type() != q.scalar_type()) return false;
  if (key_blocks(q.size(0)) > std::numeric_limits<int16_t>::max()) return false;
  const CudaScope scope(q);
  return device_runs_sparse_attention();
}

// Why the keys are gathered in a loop over heads and blocks, which no method is to be judged by.
std::string why_gathered(const at::Tensor& q) {
  if (!q.is_cuda()) return "no kernel for the CPU";
  return fmt::format("no kernel for {} heads of {} on this GPU", c10::toString(q.scalar_type()),
                     q.size(2));
}

at::Tensor sparse_attention_cuda(const at::Tensor& q_in, const at::Tensor& k_in,
                                 const at::Tensor& v_in, const SparsePattern& pattern) {
  const at::Tensor q = rows_of_heads(q_in), k = rows_of_heads(k_in), v = rows_of_heads(v_in);
  const int64_t tokens = q.size(0), heads = q.size(1);
  const at::Tensor blocks = pattern.blocks.contiguous();
  const at::Tensor columns = pattern.columns.defined()
                                 ? pattern.columns.contiguous()
                                 : at::empty({heads, 0}, q.options().dtype(at::kLong));
  const at::Tensor block_list = at::empty(blocks.sizes(), q.options().dtype(at::kShort));
  const at::Tensor column_list =
      at::empty({heads, blocks.size(1), columns.size(1)}, q.options().dtype(at::kInt));
  const at::Tensor lengths = at::empty({heads, blocks.size(1), 2}, q.options().dtype(at::kInt));
  const at::Tensor result = at::empty(q.sizes(), q.options());  // [T, H, d]
  const CudaScope scope(q);
  const SparseAttentionJob job{.element = element_of(q),
                               .q = q.const_data_ptr(),
                               .k = k.const_data_ptr(),
                               .v = v.const_data_ptr(),
                               .q_row_stride = q.stride(0),
                               .k_row_stride = k.stride(0),
                               .v_row_stride = v.stride(0),
                               .tokens = tokens,
                               .query_heads = static_cast<int>(heads),
                               .kv_heads = static_cast<int>(k.size(1)),
                               .head_size = static_cast<int>(q.size(2)),
                               .query_blocks = static_cast<int>(blocks.size(1)),
                               .key_blocks = static_cast<int>(blocks.size(2)),
                               .blocks = blocks.const_data_ptr<bool>(),
                               .column_keys = columns.const_data_ptr<int64_t>(),
                               .columns = static_cast<int>(columns.size(1)),
                               .block_list = block_list.mutable_data_ptr<int16_t>(),
                               .column_list = column_list.mutable_data_ptr<int32_t>(),
                               .list_lengths = lengths.mutable_data_ptr<int32_t>(),
                               .out = result.mutable_data_ptr()};
  launch_list_keys(job, scope.stream());
  launch_sparse_attention(job, scope.stream());
  return result;
}

// 1 + 2 + ... + n
at::Tensor triangle(const at::Tensor& n) {
  return n.mul(n + 1).floor_divide(2);
}

// First rank of each of `count` blocks, and where each ends.
struct Edges {
  at::Tensor first, end;  // [count] int64
};

Edges block_edges(int64_t count, int64_t size, int64_t tokens, at::Device device) {
  const at::Tensor first =
      at::arange(0, count * size, size, at::TensorOptions(device).dtype(at::kLong));
  return {first, (first + size).clamp_max(tokens)};
}

// Causal pairs in each block of queries x block of keys: [Q, K] int16 (at most 128 x 64).
at::Tensor tile_pairs(const Edges& queries, const Edges& keys) {
  const at::Tensor width = keys.end - keys.first;  // [K]
  // Of the queries before rank x, each sees the block's first keys up to its own rank: growing by
  // one a query, until it sees them all.
  const auto pairs_before = [&](const at::Tensor& x) {
    const at::Tensor reach = (x.unsqueeze(1) - keys.first).clamp_min(0);  // [Q, K]
    const at::Tensor growing = at::minimum(reach, width);
    return triangle(growing) + width * (reach - growing);
  };
  return (pairs_before(queries.end) - pairs_before(queries.first)).to(at::kShort);
}

// Pairs of single columns with queries whose block does not see the column's block anyway.
at::Tensor column_pairs(const SparsePattern& pattern, const Edges& queries, int64_t tokens) {
  const at::Tensor exist = pattern.columns < tokens;
  const at::Tensor columns = pattern.columns.clamp_max(tokens - 1);  // [H, C]
  const at::Tensor key_block = columns.floor_divide(kKeyBlock);
  const at::Tensor query_block = columns.floor_divide(kQueryBlock);
  const at::Tensor unseen = pattern.blocks.logical_not();  // [H, Q, K]

  // In later blocks of queries each row sees the column; in its own, those from it on.
  const at::Tensor rows = (queries.end - queries.first).to(at::kShort);  // [Q]
  const int64_t in_query_block = kQueryBlock / kKeyBlock;
  const at::Tensor own = at::arange(unseen.size(2), columns.options()).floor_divide(in_query_block);
  const at::Tensor later =
      at::arange(unseen.size(1), columns.options()).unsqueeze(1) > own;  // [Q, K]
  const at::Tensor rows_later =
      (unseen * later * rows.unsqueeze(1)).sum(1).gather(1, key_block);  // [H, C]
  const at::Tensor heads = at::arange(columns.size(0), columns.options()).unsqueeze(1);
  const at::Tensor rows_own =
      unseen.index({heads, query_block, key_block}) * (queries.end.index({query_block}) - columns);
  return (rows_later + rows_own).mul(exist).sum();
}

}  // namespace

at::Tensor sparse_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                            const SparsePattern& pattern) {
  const ProfileScope timed(OpGroup::kAttention);
  check_pattern(pattern, q.size(1), q.size(0));
  check_keys(pattern, q.size(0));
  if constexpr (kWithCuda) {
    if (has_sparse_kernel(q, k, v)) return sparse_attention_cuda(q, k, v, pattern);
  }
  note_slow_path("sparse_attention", why_gathered(q));
  return gathered_attention(q, k, v, pattern);
}

at::Tensor sparse_pairs(const SparsePattern& pattern, int64_t tokens) {
  const int64_t heads = pattern.blocks.size(0);
  check_pattern(pattern, heads, tokens);
  const at::Device device = pattern.blocks.device();
  const Edges queries = block_edges(query_blocks(tokens), kQueryBlock, tokens, device);
  const Edges keys = block_edges(key_blocks(tokens), kKeyBlock, tokens, device);
  at::Tensor total = (pattern.blocks * tile_pairs(queries, keys)).sum();
  if (pattern.columns.defined()) total += column_pairs(pattern, queries, tokens);
  return (2 * total + heads).floor_divide(2 * heads);  // half a pair rounds up
}

}  // namespace skipbench::ops
