#include <ATen/ATen.h>

#include "kernels/bench/device_timer.h"
#include "kernels/bench/llama_8b.h"
#include "kernels/bench/register.h"
#include "kernels/ops/products/gemv.h"

// What a decode step of the whole model cannot be faster than: its weights and its KV cache once at
// the copy bandwidth (L, rows of the cache: state.range(0)), and its products alone.

namespace skipbench::bench {
namespace {

struct Layer {
  at::Tensor kqv = random({kFusedWidth, kWidth}, 0.02), out = random({kWidth, kQueryWidth}, 0.02),
             gate_up = random({2 * kFfnWidth, kWidth}, 0.02),
             down = random({kWidth, kFfnWidth}, 0.02), attention_norm = random({kWidth}),
             ffn_norm = random({kWidth});
};

struct Step {
  std::vector<Layer> layers = std::vector<Layer>(kLayers);
  at::Tensor output = random({kVocabulary, kWidth}, 0.02), final_norm = random({kWidth});
  at::Tensor hidden = random({1, kWidth}), kqv = random({1, kFusedWidth}),
             gated = random({1, kFfnWidth});
  at::Tensor logits = at::empty({1, kVocabulary}, at::TensorOptions(at::kCUDA).dtype(at::kFloat));
};

// The products alone, ours or LibTorch's.
void products(Step& s) {
  for (const Layer& layer : s.layers) {
    ops::gemv_out(s.kqv, s.hidden, layer.kqv, {}, {layer.attention_norm, kNormEpsilon});
    ops::gemv_add_(s.hidden, s.kqv.narrow(1, kKeyWidth, kQueryWidth), layer.out);
    ops::gemv_swiglu_out(s.gated, s.hidden, layer.gate_up, {layer.ffn_norm, kNormEpsilon});
    ops::gemv_add_(s.hidden, s.gated, layer.down);
  }
  ops::gemv_out(s.logits, s.hidden, s.output, {}, {s.final_norm, kNormEpsilon});
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

void decode_floor(benchmark::State& state) {
  const double bytes = decode_bytes(state.range(0));
  report_bytes(state, bytes / copy_bandwidth(), bytes);
}

template <void (*kRun)(Step&)>
void timed_products(benchmark::State& state) {
  Step step;
  report_bytes(state, seconds_in_graph({[&] { kRun(step); }}), decode_weight_bytes());
}

}  // namespace

void add_decode_floors() {
  for (const int64_t length : {2048, 32768}) add("DecodeFloor/bytes", decode_floor)->Arg(length);
  add("DecodeFloor/products", timed_products<products>);
  add("DecodeFloor/products_of_libtorch", timed_products<products_of_libtorch>);
}

}  // namespace skipbench::bench
