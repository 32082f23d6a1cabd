#include <ATen/ATen.h>

#include "kernels/bench/device_timer.h"
#include "kernels/bench/llama_8b.h"
#include "kernels/bench/register.h"
#include "kernels/ops/attention/decode_attention.h"
#include "kernels/ops/products/gemv.h"
#include "kernels/ops/rows/argmax.h"

// The parts of a decode step, each bound by the bytes of its weights, its cache or its logits.

namespace skipbench::bench {
namespace {

// [out, in] = [range(0), range(1)].
void gemv(benchmark::State& state) {
  const int64_t out = state.range(0), in = state.range(1);
  const double bytes = 2.0 * out * in;
  time_rotating(state, bytes, [&] {
    return [w = random({out, in}, 0.02), x = random({1, in}), y = random({1, out})] {
      ops::gemv_out(y, x, w);
    };
  });
}

void gemv_of_libtorch(benchmark::State& state) {
  const int64_t out = state.range(0), in = state.range(1);
  const double bytes = 2.0 * out * in;
  time_rotating(state, bytes, [&] {
    return [w = random({out, in}, 0.02), x = random({1, in})] { at::linear(x, w); };
  });
}

void gemv_with_norm(benchmark::State& state) {
  const int64_t out = state.range(0), in = state.range(1);
  const double bytes = 2.0 * out * in;
  time_rotating(state, bytes, [&] {
    return [w = random({out, in}, 0.02), x = random({1, in}), y = random({1, out}),
            norm = random({in})] {
      ops::gemv_out(y, x, w, {}, {norm, 1e-5});
    };
  });
}

void gemv_swiglu(benchmark::State& state) {
  const double bytes = 2.0 * 2 * kFfnWidth * kWidth;
  time_rotating(state, bytes, [&] {
    return [w = random({2 * kFfnWidth, kWidth}, 0.02), x = random({1, kWidth}),
            y = random({1, kFfnWidth}), norm = random({kWidth})] {
      ops::gemv_swiglu_out(y, x, w, {norm, 1e-5});
    };
  });
}

// L = range(0), n = range(1).
void attention(benchmark::State& state) {
  const int64_t length = state.range(0), queries = state.range(1);
  const double bytes = 2 * 2.0 * length * kKeyWidth;
  time_rotating(state, bytes, [&] {
    return [k = random({kKvHeads, length, kHeadSize}), v = random({kKvHeads, length, kHeadSize}),
            q = random({queries, kHeads, kHeadSize}),
            length] { ops::decode_attention(q, k, v, length); };
  });
}

void argmax(benchmark::State& state) {
  const double bytes = 4.0 * kVocabulary;
  time_rotating(state, bytes, [&] {
    return [logits = random({kVocabulary}).to(at::kFloat)] { ops::argmax_token(logits); };
  });
}

}  // namespace

void add_decode_ops() {
  const auto of_matrices = [](const char* name, void (*function)(benchmark::State&)) {
    add(name, function)
        ->Args({kFusedWidth, kWidth})
        ->Args({kWidth, kWidth})
        ->Args({2 * kFfnWidth, kWidth})
        ->Args({kWidth, kFfnWidth})
        ->Args({kVocabulary, kWidth});
  };
  of_matrices("Ops/gemv", gemv);
  of_matrices("Ops/gemv_of_libtorch", gemv_of_libtorch);
  add("Ops/gemv_with_norm", gemv_with_norm)->Args({kFusedWidth, kWidth});
  add("Ops/gemv_swiglu", gemv_swiglu);
  add("Ops/decode_attention", attention)
      ->Args({2048, 1})
      ->Args({8192, 1})
      ->Args({32768, 1})
      ->Args({131072, 1})
      ->Args({32768, 4});
  add("Ops/argmax_token", argmax);
}

}  // namespace skipbench::bench
