#include "kernels/model/cache/swapped_blocks.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "kernels/base/check.h"

namespace skipbench {
namespace {

bool contains(const std::vector<int64_t>& list, int64_t value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

}  // namespace

void SwappedBlocks::copy_out(const at::Tensor& keys, const at::Tensor& values,
                             const std::vector<int64_t>& blocks, const at::Tensor& rows) {
  const auto count = static_cast<int64_t>(blocks.size());
  if (count == 0) return;
  const int64_t kv_heads = keys.size(0), size = keys.size(2);
  if (!host_.defined()) {
    host_ = at::empty({std::ssize(host_slot_), 2, kv_heads, block_, size},
                      keys.options().device(at::kCPU).pinned_memory(keys.is_cuda()));
  }
  const auto gathered = [&](const at::Tensor& x) {
    return x.index_select(1, rows).view({kv_heads, count, block_, size}).transpose(0, 1);
  };
  const at::Tensor staged = at::stack({gathered(keys), gathered(values)}, 1);  // [n, 2, Hkv, b, d]
  host_.narrow(0, host_slots_used_, count).copy_(staged, /*non_blocking=*/true);
  for (const int64_t block : blocks) host_slot_[block] = host_slots_used_++;
}

SwappedBlocks::Swap SwappedBlocks::plan(const std::vector<int64_t>& wanted) const {
  require(wanted.size() == in_cache_.size(), "SwappedBlocks: {} blocks wanted, room for {}",
          wanted.size(), in_cache_.size());
  Swap swap;
  for (size_t slot = 0; slot < in_cache_.size(); ++slot) {
    const int64_t block = in_cache_[slot];
    if (contains(wanted, block)) continue;
    const int64_t place = host_slot_[block] < 0 ? swap.fresh++ : std::ssize(swap.leaving);
    swap.leaving.insert(swap.leaving.begin() + place, block);
    swap.slots.insert(swap.slots.begin() + place, static_cast<int64_t>(slot));
  }
  for (const int64_t block : wanted) {
    if (!contains(in_cache_, block)) swap.coming.push_back(block);
  }
  return swap;
}

std::vector<int64_t> SwappedBlocks::rows(const Swap& swap) const {
  std::vector<int64_t> rows;
  for (const int64_t slot : swap.slots) {
    for (int64_t i = 0; i < block_; ++i) rows.push_back(slot * block_ + i);
  }
  return rows;
}

void SwappedBlocks::carry_out(const Swap& swap, const at::Tensor& rows, const at::Tensor& keys,
                              const at::Tensor& values) {
  copy_out(keys, values, {swap.leaving.begin(), swap.leaving.begin() + swap.fresh},
           rows.narrow(0, 0, swap.fresh * block_));

  const auto count = static_cast<int64_t>(swap.coming.size());
  const at::Tensor staged = at::empty({count, 2, keys.size(0), block_, keys.size(2)},
                                      keys.options());  // [n, 2, Hkv, block, d]
  for (int64_t i = 0; i < count; ++i) {
    staged[i].copy_(host_[host_slot_[swap.coming[i]]], /*non_blocking=*/true);
    in_cache_[swap.slots[i]] = swap.coming[i];
  }
  const auto brought = [&](int64_t part) {
    return staged.select(1, part).transpose(0, 1).reshape({keys.size(0), -1, keys.size(2)});
  };
  at::Tensor(keys).index_copy_(1, rows, brought(0));
  at::Tensor(values).index_copy_(1, rows, brought(1));
}

}  // namespace skipbench
