#pragma once

#include "kernels/ops/device/mma.cuh"
#include "kernels/ops/sparse/sparse_tiles.cuh"

namespace skipbench::ops::sparse {

__device__ __forceinline__ float fast_exp2(float x) {
  float y;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
}

// A warpgroup with 64 queries. A lane holds rows g and g + 8 of its warp's 16, as products leave
// them.
template <class T, int kHead>
class Attender {
 public:
  __device__ Attender(const SparseAttentionJob& job, Shared<kHead>& shared)
      : job_(job), shared_(shared), place_(job), scale_(rsqrtf(kHead) * kLog2E) {
    const int thread = static_cast<int>(threadIdx.x) - kWarpgroup;
    const int lane = thread % kWarp;
    group_ = thread / kWarpgroup;
    row_ = thread / kWarp * 16 + lane / 4;  // of the block's queries; the other is row_ + 8
    pair_ = lane % 4;
  }

  __device__ void run() {
    const int tiles = Tiles(job_, place_.list).count;
    float scores[kKeys / 2], out[kHead / 2];
    uint32_t weights[kKeys / 4];
#pragma unroll
    for (float& x : out) x = 0;
    wait_for(shared_.queries_full, 0);
    start_scores(0, scores);
    wait_for_products<0>();
    pin(scores);
    take(0, scores);
    pack(scores, weights);
    for (int tile = 1; tile < tiles; ++tile) {
      start_scores(tile, scores);
      start_values(tile - 1, weights, out);
      wait_for_products<1>();
      pin(scores);
      const float2 shrink = take(tile, scores);
      wait_for_products<0>();
      pin(out);
      pin(weights);
      arrive(shared_.values_empty[(tile - 1) % kStages]);
#pragma unroll
      for (int i = 0; i < kHead / 2; ++i) out[i] *= i % 4 < 2 ? shrink.x : shrink.y;
      pack(scores, weights);
    }
    start_values(tiles - 1, weights, out);
    wait_for_products<0>();
    pin(out);
    store(out);
  }

 private:
  // scores = queries x the tile's keys.
  __device__ __forceinline__ void start_scores(int tile, float (&scores)[kKeys / 2]) {
    const int stage = tile % kStages;
    wait_for(shared_.keys_full[stage], tile / kStages);
    pin(scores);
    begin_products();
#pragma unroll
    for (int k = 0; k < kHead / 16; ++k) {
      const int part = k / 4, offset = k % 4 * 32;
      multiply_tiles<T>(
          scores,
          operand(shared_address(shared_.queries[part]) + group_ * 64 * kTileRowBytes + offset, 0),
          operand(shared_address(shared_.keys[stage][part]) + offset, 0), k > 0);
    }
    end_product_group();
  }

  // out += weights x the tile's values.
  __device__ __forceinline__ void start_values(int tile, uint32_t (&weights)[kKeys / 4],
                                               float (&out)[kHead / 2]) {
    const int stage = tile % kStages;
    wait_for(shared_.values_full[stage], tile / kStages);
    pin(out);
    pin(weights);
    begin_products();
#pragma unroll
    for (int k = 0; k < kKeys / 16; ++k) {
      multiply_add_registers<T>(
          out, weights + 4 * k,
          operand(shared_address(shared_.values[stage][0]) + k * 16 * kTileRowBytes,
                  Shared<kHead>::kTileBytes));
    }
    end_product_group();
  }

  // Turns the tile's scores into weights under the softmax so far. By how much earlier ones shrink.
  __device__ __forceinline__ float2 take(int tile, float (&scores)[kKeys / 2]) {
    const int stage = tile % kStages;
    const int4 masked = *reinterpret_cast<const int4*>(shared_.masked[stage]);
    if ((masked.x | masked.y | masked.z | masked.w) != 0) mask(stage, scores);
    arrive(shared_.keys_empty[stage]);
    float2 most = most_;
#pragma unroll
    for (int i = 0; i < kKeys / 2; i += 4) {
      most.x = fmaxf(most.x, fmaxf(scores[i], scores[i + 1]));
      most.y = fmaxf(most.y, fmaxf(scores[i + 2], scores[i + 3]));
    }
    most = {quad_max(most.x), quad_max(most.y)};
    const float2 shrink = {fast_exp2((most_.x - most.x) * scale_),
                           fast_exp2((most_.y - most.y) * scale_)};
    const float2 offset = {-most.x * scale_, -most.y * scale_};
    float2 sum = {0, 0};
#pragma unroll
    for (int i = 0; i < kKeys / 2; i += 4) {
      scores[i] = fast_exp2(fmaf(scores[i], scale_, offset.x));
      scores[i + 1] = fast_exp2(fmaf(scores[i + 1], scale_, offset.x));
      scores[i + 2] = fast_exp2(fmaf(scores[i + 2], scale_, offset.y));
      scores[i + 3] = fast_exp2(fmaf(scores[i + 3], scale_, offset.y));
      sum.x += scores[i] + scores[i + 1];
      sum.y += scores[i + 2] + scores[i + 3];
    }
    most_ = most;
    sum_ = {sum_.x * shrink.x + sum.x, sum_.y * shrink.y + sum.y};
    return shrink;
  }

  // A query sees no key after it, and none that is not there.
  __device__ __forceinline__ void mask(int stage, float (&scores)[kKeys / 2]) const {
    const int first = place_.first_query() + row_;
#pragma unroll
    for (int i = 0; i < kKeys / 2; i += 4) {
      const int2 keys =
          *reinterpret_cast<const int2*>(&shared_.positions[stage][2 * i + 2 * pair_]);
      if (keys.x > first) scores[i] = kNone;
      if (keys.y > first) scores[i + 1] = kNone;
      if (keys.x > first + 8) scores[i + 2] = kNone;
      if (keys.y > first + 8) scores[i + 3] = kNone;
    }
  }

  static __device__ __forceinline__ void pack(const float (&scores)[kKeys / 2],
                                              uint32_t (&weights)[kKeys / 4]) {
#pragma unroll
    for (int i = 0; i < kKeys / 4; ++i) {
      weights[i] = pair_of<T>(scores[2 * i], scores[2 * i + 1]);
    }
  }

  __device__ __forceinline__ void store(const float (&out)[kHead / 2]) const {
    const float2 share = {1 / quad_sum(sum_.x), 1 / quad_sum(sum_.y)};
    const int64_t query = place_.first_query() + row_;
    const int64_t stride = static_cast<int64_t>(job_.query_heads) * kHead;
    T* const row = static_cast<T*>(job_.out) + query * stride + place_.head * kHead + 2 * pair_;
#pragma unroll
    for (int i = 0; i < kHead / 2; i += 4) {
      if (query < job_.tokens) {
        *reinterpret_cast<uint32_t*>(row + 2 * i) =
            pair_of<T>(out[i] * share.x, out[i + 1] * share.x);
      }
      if (query + 8 < job_.tokens) {
        *reinterpret_cast<uint32_t*>(row + 8 * stride + 2 * i) =
            pair_of<T>(out[i + 2] * share.y, out[i + 3] * share.y);
      }
    }
  }

  const SparseAttentionJob& job_;
  Shared<kHead>& shared_;
  Place place_;
  float scale_;  // of scores, to units of log 2
  int group_, row_, pair_;
  float2 most_ = {kNone, kNone}, sum_ = {0, 0};  // of rows row_ and row_ + 8; sums of this lane's
};

}  // namespace skipbench::ops::sparse
