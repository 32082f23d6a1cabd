#include <ATen/ATen.h>

#include "kernels/bench/device_timer.h"
#include "kernels/bench/llama_8b.h"
#include "kernels/bench/register.h"
#include "kernels/ops/products/swiglu.h"
#include "kernels/ops/rows/rms_norm.h"
#include "kernels/ops/rows/rope.h"
#include "kernels/ops/rows/rows.h"

// Operations on rows of the residual stream, each bound by its bytes. T: state.range(0).

namespace skipbench::bench {
namespace {

constexpr double kElement = 2;  // bytes of bf16

// Every other row, as a method would select them: ascending.
at::Tensor half_of(int64_t rows) {
  return at::arange(0, rows, 2, at::TensorOptions(at::kCUDA).dtype(at::kLong));
}

void rms_norm(benchmark::State& state) {
  const int64_t rows = state.range(0);
  const double bytes = 2 * kElement * rows * kWidth;
  time_rotating(state, bytes, [&] {
    return
        [x = random({rows, kWidth}), w = random({kWidth})] { ops::rms_norm(x, w, kNormEpsilon); };
  });
}

void add_rms_norm(benchmark::State& state) {
  const int64_t rows = state.range(0);
  const double bytes = 4 * kElement * rows * kWidth;
  time_rotating(state, bytes, [&] {
    return [x = random({rows, kWidth}), u = random({rows, kWidth}, 1e-3), w = random({kWidth})] {
      ops::add_rms_norm_(x, u, w, kNormEpsilon);
    };
  });
}

void add_rms_norm_of_half(benchmark::State& state) {
  const int64_t rows = state.range(0);
  const double bytes = 3 * kElement * rows * kWidth;
  time_rotating(state, bytes, [&] {
    return [x = random({rows, kWidth}), u = random({rows / 2, kWidth}, 1e-3), w = random({kWidth}),
            some = half_of(rows)] { ops::add_rms_norm_(x, some, u, w, kNormEpsilon); };
  });
}

void gather_rms_norm(benchmark::State& state) {
  const int64_t rows = state.range(0);
  const double bytes = kElement * rows * kWidth;
  time_rotating(state, bytes, [&] {
    return [x = random({rows, kWidth}), w = random({kWidth}), some = half_of(rows)] {
      ops::gather_rms_norm(x, some, w, kNormEpsilon);
    };
  });
}

void gather_rows(benchmark::State& state) {
  const int64_t rows = state.range(0);
  const double bytes = kElement * rows * kWidth;
  time_rotating(state, bytes, [&] {
    return [x = random({rows, kWidth}), some = half_of(rows)] { ops::gather_rows(x, some); };
  });
}

void scatter_add_rows(benchmark::State& state) {
  const int64_t rows = state.range(0);
  const double bytes = 1.5 * kElement * rows * kWidth;
  time_rotating(state, bytes, [&] {
    return [x = random({rows, kWidth}), u = random({rows / 2, kWidth}, 1e-3),
            some = half_of(rows)] { ops::scatter_add_rows_(x, some, u); };
  });
}

void swiglu(benchmark::State& state) {
  const int64_t rows = state.range(0);
  const double bytes = 3 * kElement * rows * kFfnWidth;
  time_rotating(state, bytes, [&] {
    return [x = random({rows, 2 * kFfnWidth})] { ops::swiglu(x); };
  });
}

ops::RopeTables tables(int64_t length) {
  const auto options = at::TensorOptions(at::kCUDA).dtype(at::kFloat);
  const at::Tensor frequency = at::pow(5e5, -at::arange(0, kHeadSize, 2, options) / kHeadSize);
  const at::Tensor angle = at::arange(length, options).unsqueeze(1) * frequency;
  return {angle.cos(), angle.sin()};
}

at::Tensor positions(int64_t rows) {
  return at::arange(rows, at::TensorOptions(at::kCUDA).dtype(at::kLong));
}

void rope(benchmark::State& state) {
  const int64_t rows = state.range(0);
  const double bytes = 2 * kElement * rows * (kQueryWidth + kKeyWidth);
  time_rotating(state, bytes, [&] {
    return [x = random({rows, kFusedWidth / kHeadSize, kHeadSize}), at = positions(rows),
            t = tables(rows)] { ops::rope_at_(x.narrow(1, 0, kKvHeads + kHeads), at, t); };
  });
}

void rope_into_cache(benchmark::State& state) {
  const int64_t rows = state.range(0);
  const double bytes = kElement * rows * (2 * (kQueryWidth + kKeyWidth) + 3 * kKeyWidth);
  time_rotating(state, bytes, [&] {
    const auto cache = [&] { return random({kKvHeads, rows, kHeadSize}); };
    return [x = random({rows, kFusedWidth / kHeadSize, kHeadSize}), at = positions(rows),
            t = tables(rows), target = ops::CacheTarget{.keys = cache(), .values = cache()}] {
      ops::rope_kqv_into_cache_(x, at, t, target);
    };
  });
}

void row_norms(benchmark::State& state) {
  const int64_t rows = state.range(0), rank = 192;
  const double bytes = kElement * rows * rank;
  time_rotating(state, bytes, [&] { return [x = random({rows, rank})] { ops::row_norms(x); }; });
}

void block_mean_keys(benchmark::State& state) {
  const int64_t rows = state.range(0), block = 8;
  const double bytes = kElement * rows * kKeyWidth + 4.0 * rows / block * kKeyWidth;
  time_rotating(state, bytes, [&] {
    return [x = random({rows, kFusedWidth / kHeadSize, kHeadSize}), block] {
      ops::block_mean_keys(x.narrow(1, 0, kKvHeads), block);
    };
  });
}

}  // namespace

void add_row_ops() {
  const auto of_rows = [](const char* name, void (*function)(benchmark::State&)) {
    add(name, function)->Arg(8192)->Arg(32768);
  };
  of_rows("Ops/rms_norm", rms_norm);
  of_rows("Ops/add_rms_norm", add_rms_norm);
  of_rows("Ops/add_rms_norm_of_half", add_rms_norm_of_half);
  of_rows("Ops/gather_rms_norm", gather_rms_norm);
  of_rows("Ops/gather_rows", gather_rows);
  of_rows("Ops/scatter_add_rows", scatter_add_rows);
  of_rows("Ops/swiglu", swiglu);
  of_rows("Ops/rope", rope);
  of_rows("Ops/rope_into_cache", rope_into_cache);
  of_rows("Ops/row_norms", row_norms);
  of_rows("Ops/block_mean_keys", block_mean_keys);
}

}  // namespace skipbench::bench
