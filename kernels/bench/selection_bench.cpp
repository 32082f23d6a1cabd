#include <ATen/ATen.h>

#include "kernels/bench/device_timer.h"
#include "kernels/bench/llama_8b.h"
#include "kernels/bench/register.h"
#include "kernels/ops/attention/attention_probe.h"
#include "kernels/ops/products/low_rank_ffn.h"
#include "kernels/ops/rows/top_k.h"

// What a method asks before it selects rows. T: state.range(0).

namespace skipbench::bench {
namespace {

// The bound is the keys once; scores are counted to the probe.
void probe(benchmark::State& state) {
  const int64_t tokens = state.range(0), window = state.range(1);
  const double bytes = 2.0 * tokens * kKeyWidth;
  time_rotating(state, bytes, [&] {
    return [keys = random({tokens, kKvHeads, kHeadSize}),
            queries = random({window, kHeads, kHeadSize})] { ops::attention_probe(queries, keys); };
  });
}

void probe_per_head(benchmark::State& state) {
  const int64_t tokens = state.range(0), window = state.range(1);
  const double bytes = 2.0 * tokens * kKeyWidth + 4.0 * kHeads * tokens;
  time_rotating(state, bytes, [&] {
    return [keys = random({tokens, kKvHeads, kHeadSize}),
            queries = random({window, kHeads, kHeadSize})] {
      ops::attention_probe_per_head(queries, keys);
    };
  });
}

// k is a quarter of the scores; range(1) rows at once.
void top_k(benchmark::State& state) {
  const int64_t tokens = state.range(0), rows = state.range(1);
  const double bytes = 4.0 * rows * tokens + 8.0 * rows * (tokens / 4);
  time_rotating(state, bytes, [&] {
    return [scores = at::softmax(random({rows, tokens}).to(at::kFloat), 1), tokens] {
      ops::top_k_rows(scores, tokens / 4);
    };
  });
}

// The bound is the FFN's input once.
void low_rank_ffn(benchmark::State& state) {
  const int64_t tokens = state.range(0), rank = 192, channels = 512;
  const double bytes = 2.0 * tokens * kWidth;
  const ops::LowRankFfn ffn{random({kWidth, 2 * rank}, 0.02), random({rank, channels}, 0.02),
                            random({rank, channels}, 0.02), random({channels, rank}, 0.02)};
  time_rotating(state, bytes, [&] {
    return [x = random({tokens, kWidth}), &ffn] { ops::low_rank_ffn_norms(x, ffn); };
  });
}

}  // namespace

void add_selection_ops() {
  add("Ops/attention_probe", probe)
      ->Args({8192, 1})
      ->Args({32768, 1})
      ->Args({131072, 1})
      ->Args({32768, 4})
      ->Args({32768, 8})
      ->Args({32768, 64});
  add("Ops/attention_probe_per_head", probe_per_head)->Args({32768, 32});
  add("Ops/top_k_rows", top_k)
      ->Args({8192, 1})
      ->Args({32768, 1})
      ->Args({65536, 1})
      ->Args({131072, 1})
      ->Args({32768, 32});
  add("Ops/low_rank_ffn_norms", low_rank_ffn)->Arg(32768);
}

}  // namespace skipbench::bench
