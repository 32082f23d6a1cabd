#include <ATen/ATen.h>

#include "kernels/bench/device_timer.h"
#include "kernels/bench/llama_8b.h"
#include "kernels/bench/register.h"
#include "kernels/ops/attention/attention.h"
#include "kernels/ops/sparse/sparse_attention.h"

// Attention of T = range(0) tokens to a share of the causal pairs, range(1) in thousandths, spread
// at random over the blocks; beside the rate that dense cuDNN attention reaches on all pairs.

namespace skipbench::bench {
namespace {

struct Inputs {
  at::Tensor q, k, v;  // [T, H, d], [T, Hkv, d]
};

double flops_of(int64_t pairs) {
  return 4.0 * static_cast<double>(pairs) * kQueryWidth;
}

ops::SparsePattern random_pattern(int64_t tokens, double share) {
  const auto options = at::TensorOptions(at::Device(at::kCUDA)).dtype(at::kFloat);
  at::Tensor blocks = at::empty({kHeads, ops::query_blocks(tokens), ops::key_blocks(tokens)},
                                options.dtype(at::kBool));
  for (int64_t head = 0; head < kHeads; ++head) {
    blocks[head].copy_(at::rand({blocks.size(1), blocks.size(2)}, options) < share);
  }
  for (int64_t key = 0; key < blocks.size(2); ++key) {
    blocks.select(2, key).select(1, key * ops::kKeyBlock / ops::kQueryBlock).fill_(true);
  }
  return {blocks, {}};
}

void sparse(benchmark::State& state) {
  const int64_t tokens = state.range(0);
  const Inputs x{random({tokens, kHeads, kHeadSize}), random({tokens, kKvHeads, kHeadSize}),
                 random({tokens, kKvHeads, kHeadSize})};
  const auto dense = [&] { ops::causal_attention(x.q, x.k, x.v); };
  const double dense_rate = flops_of(tokens * (tokens + 1) / 2) / seconds_eager(dense, dense);
  const ops::SparsePattern pattern =
      random_pattern(tokens, 1e-3 * static_cast<double>(state.range(1)));
  const double flops = flops_of(ops::sparse_pairs(pattern, tokens).item<int64_t>());
  const auto some = [&] { ops::sparse_attention(x.q, x.k, x.v, pattern); };
  const double seconds = seconds_eager(some, some);
  report_flops(state, seconds, flops);
  state.counters["of_cudnn"] = flops / seconds / dense_rate;
}

}  // namespace

void add_sparse_attention() {
  add("Ops/sparse_attention", sparse)->ArgsProduct({{8192, 32768, 131072}, {1000, 500, 250, 100}});
}

}  // namespace skipbench::bench
