#include <ATen/ATen.h>

#include "kernels/bench/device_timer.h"
#include "kernels/bench/llama_8b.h"
#include "kernels/bench/register.h"
#include "kernels/ops/argmax.h"
#include "kernels/ops/decode_attention.h"
#include "kernels/ops/gemv.h"
#include "kernels/ops/rope.h"

// A decode step of the whole model and what it cannot be faster than: its weights and its KV cache
// once at the copy bandwidth. L, rows of the cache: state.range(0).

namespace skipbench::bench {
namespace {

constexpr double kEpsilon = 1e-5;

struct Layer {
  at::Tensor kqv = random({kFusedWidth, kWidth}, 0.02), out = random({kWidth, kQueryWidth}, 0.02),
             gate_up = random({2 * kFfnWidth, kWidth}, 0.02),
             down = random({kWidth, kFfnWidth}, 0.02), attention_norm = random({kWidth}),
             ffn_norm = random({kWidth});
};

struct Step {
  explicit Step(int64_t length)
      : layers(kLayers),
        length(at::full({1}, length - 1, at::TensorOptions(at::kCUDA).dtype(at::kLong))) {
    for (int64_t i = 0; i < kLayers; ++i) {
      caches.push_back({random({kKvHeads, length + 64, kHeadSize}),
                        random({kKvHeads, length + 64, kHeadSize}), 0, this->length});
    }
    const at::Tensor angle = at::rand({length + 64, kHeadSize / 2}, at::kCUDA);
    tables = {angle.cos(), angle.sin()};
  }

  std::vector<Layer> layers;
  std::vector<ops::CacheTarget> caches;
  at::Tensor length;  // rows before the new token, and its position: [1]
  ops::RopeTables tables;
  at::Tensor output = random({kVocabulary, kWidth}, 0.02), final_norm = random({kWidth});
  at::Tensor hidden = random({1, kWidth}), kqv = random({1, kFusedWidth}),
             gated = random({1, kFfnWidth});
  at::Tensor logits = at::empty({1, kVocabulary}, at::TensorOptions(at::kCUDA).dtype(at::kFloat));
};

double weight_bytes() {
  const double layer = 1.0 * kWidth * (kFusedWidth + kQueryWidth + 3 * kFfnWidth);
  return 2 * (kLayers * layer + 1.0 * kVocabulary * kWidth);
}

double cache_bytes(int64_t length) {
  return 2.0 * 2 * kLayers * length * kKeyWidth;
}

// The products alone, ours or LibTorch's.
void products(Step& s) {
  for (const Layer& layer : s.layers) {
    ops::gemv_out(s.kqv, s.hidden, layer.kqv, {}, {layer.attention_norm, kEpsilon});
    ops::gemv_add_(s.hidden, s.kqv.narrow(1, kKeyWidth, kQueryWidth), layer.out);
    ops::gemv_swiglu_out(s.gated, s.hidden, layer.gate_up, {layer.ffn_norm, kEpsilon});
    ops::gemv_add_(s.hidden, s.gated, layer.down);
  }
  ops::gemv_out(s.logits, s.hidden, s.output, {}, {s.final_norm, kEpsilon});
}

void products_of_libtorch(Step& s) {
  for (const Layer& layer : s.layers) {
    at::linear(s.hidden, layer.kqv);
    at::linear(s.hidden, layer.out);
    at::linear(s.hidden, layer.gate_up);
    at::linear(s.gated, layer.down);
  }
  at::linear(s.hidden, s.output);
}

void whole_step(Step& s) {
  const at::Tensor fused = s.kqv.view({1, kFusedWidth / kHeadSize, kHeadSize});
  for (int64_t i = 0; i < kLayers; ++i) {
    const Layer& layer = s.layers[i];
    const ops::CacheTarget& cache = s.caches[i];
    ops::gemv_out(s.kqv, s.hidden, layer.kqv, {}, {layer.attention_norm, kEpsilon});
    ops::rope_kqv_into_cache_(fused, s.length, s.tables, cache);
    const at::Tensor heads =
        ops::decode_attention(fused.narrow(1, kKvHeads, kHeads), cache.keys, cache.values,
                              {.rows = 1, .on_device = s.length});
    ops::gemv_add_(s.hidden, heads.view({1, kQueryWidth}), layer.out);
    ops::gemv_swiglu_out(s.gated, s.hidden, layer.gate_up, {layer.ffn_norm, kEpsilon});
    ops::gemv_add_(s.hidden, s.gated, layer.down);
  }
  ops::gemv_out(s.logits, s.hidden, s.output, {}, {s.final_norm, kEpsilon});
  ops::argmax_token(s.logits);
}

void decode_floor(benchmark::State& state) {
  const double bytes = weight_bytes() + cache_bytes(state.range(0));
  report_bytes(state, bytes / copy_bandwidth(), bytes);
}

template <void (*kRun)(Step&), bool kReadsCache>
void timed_step(benchmark::State& state) {
  Step step(state.range(0));
  const double bytes = weight_bytes() + (kReadsCache ? cache_bytes(state.range(0)) : 0);
  report_bytes(state, seconds_in_graph({[&] { kRun(step); }}), bytes);
}

}  // namespace

void add_decode_floors() {
  for (const int64_t length : {2048, 32768}) add("DecodeFloor/bytes", decode_floor)->Arg(length);
  add("DecodeFloor/products", timed_step<products, false>)->Arg(64);
  add("DecodeFloor/products_of_libtorch", timed_step<products_of_libtorch, false>)->Arg(64);
  for (const int64_t length : {2048, 32768}) {
    add("DecodeStep", timed_step<whole_step, true>)->Arg(length);
  }
}

}  // namespace skipbench::bench
