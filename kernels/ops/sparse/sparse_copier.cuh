#pragma once

#include "kernels/ops/device/async_copy.cuh"
#include "kernels/ops/sparse/sparse_tiles.cuh"

namespace skipbench::ops::sparse {

// Copies rows of heads of x, the warp's 32 places of a tile: lane l's place is position `own`.
template <class T, int kHead>
__device__ __forceinline__ void copy_rows(char (&tile)[kHead / 64][kKeys * kTileRowBytes],
                                          const void* x, int64_t row_stride, int head, int own) {
  constexpr int kPieces = kHead / 8, kRowsAtOnce = kWarp / kPieces;
  const int warp = static_cast<int>(threadIdx.x) / kWarp;
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  const int piece = lane % kPieces;
  const T* const column = static_cast<const T*>(x) + head * kHead + piece * 8;
  char* const part = tile[piece / 8];
#pragma unroll 4
  for (int i = 0; i < kWarp; i += kRowsAtOnce) {
    const int in_warp = i + lane / kPieces, row = warp * kWarp + in_warp;
    const int position = __shfl_sync(kAllLanes, own, in_warp);
    const bool there = position != kNowhere;
    copy16_or_zero_async(part + swizzled(row, piece % 8),
                         column + (there ? position : 0) * row_stride, there);
  }
}

// The copying warpgroup. A copy is announced while the next two are under way.
template <class T, int kHead>
class Copier {
 public:
  __device__ Copier(const SparseAttentionJob& job, Shared<kHead>& shared)
      : job_(job), shared_(shared), place_(job), tiles_(job, place_.list) {}

  __device__ void run() {
    const int tokens = static_cast<int>(job_.tokens), row = static_cast<int>(threadIdx.x);
    const int query = place_.first_query() + row;
    copy_rows<T, kHead>(shared_.queries, job_.q, job_.q_row_stride, place_.head,
                        query < tokens ? query : kNowhere);
    end_copy(shared_.queries_full);
    for (int tile = 0; tile < tiles_.count; ++tile) {
      const int stage = tile % kStages, emptied = tile / kStages - 1;
      const int position = tiles_.position(tile, row, tokens);
      wait_for(shared_.keys_empty[stage], emptied);
      shared_.positions[stage][row] = position;
      const bool masks = __any_sync(kAllLanes, position > place_.first_query());
      if (row % kWarp == 0) shared_.masked[stage][row / kWarp] = masks;
      copy_rows<T, kHead>(shared_.keys[stage], job_.k, job_.k_row_stride, place_.kv_head, position);
      end_copy(shared_.keys_full[stage]);
      wait_for(shared_.values_empty[stage], emptied);
      copy_rows<T, kHead>(shared_.values[stage], job_.v, job_.v_row_stride, place_.kv_head,
                          position);
      end_copy(shared_.values_full[stage]);
    }
    wait_for_copies<0>();
    announce(older_);
    announce(newer_);
  }

 private:
  __device__ void end_copy(SharedBarrier& full) {
    end_copy_group();
    wait_for_copies<2>();
    announce(older_);
    older_ = newer_;
    newer_ = &full;
  }
  static __device__ void announce(SharedBarrier* full) {
    if (full == nullptr) return;
    show_to_products();
    arrive(*full);
  }

  const SparseAttentionJob& job_;
  Shared<kHead>& shared_;
  Place place_;
  Tiles tiles_;
  SharedBarrier *older_ = nullptr, *newer_ = nullptr;  // of copies that are under way
};

}  // namespace skipbench::ops::sparse
