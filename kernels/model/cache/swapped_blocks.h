#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace skipbench {

/// Blocks of rows of one layer's cache that take turns: those in the cache lie there slot by slot,
/// the others in host memory (pinned where the device is a GPU). Rows never change, so a block that
/// went out once needs no second copy.
class SwappedBlocks {
 public:
  /// Of the first `blocks` blocks, those `in_cache` lie in the cache, slot by slot.
  SwappedBlocks(int64_t block, int64_t blocks, std::vector<int64_t> in_cache)
      : block_(block), host_slot_(blocks, -1), in_cache_(std::move(in_cache)) {}

  int64_t block() const { return block_; }
  /// Blocks that are not in the cache.
  int64_t out() const { return std::ssize(host_slot_) - std::ssize(in_cache_); }

  /// Copies n blocks to the host, whose rows in keys and values [Hkv, capacity, d] are `rows`
  /// [n * block] int64, block by block.
  void copy_out(const at::Tensor& keys, const at::Tensor& values,
                const std::vector<int64_t>& blocks, const at::Tensor& rows);

  /// What is to change so that the cache holds `wanted`, as many as it holds now.
  struct Swap {
    std::vector<int64_t> leaving, slots, coming;  // the coming blocks take the leaving ones' slots
    int64_t fresh = 0;                            // so many of the leaving ones first have no copy
  };
  Swap plan(const std::vector<int64_t>& wanted) const;
  /// The rows of its slots, slot by slot: n * block.
  std::vector<int64_t> rows(const Swap& swap) const;
  /// Carries it out on keys and values [Hkv, capacity, d]. rows: the same rows on their device.
  void carry_out(const Swap& swap, const at::Tensor& rows, const at::Tensor& keys,
                 const at::Tensor& values);

 private:
  int64_t block_;
  std::vector<int64_t> host_slot_;  // by block; -1: not in host memory
  std::vector<int64_t> in_cache_;   // the block in each slot
  at::Tensor host_;                 // [blocks, 2, Hkv, block, d]
  int64_t host_slots_used_ = 0;
};

}  // namespace skipbench
