#include <ATen/ATen.h>

#include <algorithm>

#include "kernels/base/ceil_div.h"
#include "kernels/bench/device_timer.h"
#include "kernels/bench/llama_8b.h"
#include "kernels/bench/register.h"

// What no prefill of this shape can be faster than: its matrix products (cuBLAS) and causal
// attention (cuDNN) back to back, and nothing else. T: state.range(0).

namespace skipbench::bench {
namespace {

// Rows of the FFN at a time at most, as the core bounds its widest activation.
constexpr int64_t kFfnRows = (int64_t{1} << 30) / (2 * 2 * kFfnWidth);
constexpr int64_t kLtpRank = 192, kLtpChannels = 512;

// Rows that each part of one layer works on.
struct LayerRows {
  int64_t keys;       // the K product
  int64_t attention;  // the Q and V products, attention, the output product
  int64_t probe;      // the low-rank products that choose the FFN's rows; 0: none
  int64_t ffn;
};

// Buffers for up to T rows, and one layer's weights: at these sizes they come from memory each
// time, whichever layer they belong to.
class Floor {
 public:
  explicit Floor(int64_t rows)
      : x_(random({rows, kWidth})),
        fused_(random({rows, kFusedWidth})),
        heads_(random({rows, kQueryWidth})),
        y_(random({rows, kWidth})),
        wide_(random({std::min(rows, kFfnRows), 2 * kFfnWidth})),
        gated_(random({std::min(rows, kFfnRows), kFfnWidth})),
        low_(random({rows, 2 * kLtpRank})),
        channels_(random({rows, kLtpChannels})) {}

  void run(const LayerRows& rows) {
    project(rows);
    attend(rows.attention);
    product(y_, heads_, out_, rows.attention);
    if (rows.probe > 0) probe(rows.probe);
    const int64_t chunk = equal_chunk(rows.ffn, kFfnRows);
    for (int64_t begin = 0; begin < rows.ffn; begin += chunk) {
      const int64_t count = std::min(chunk, rows.ffn - begin);
      product(wide_, x_.narrow(0, begin, count), gate_up_, count);
      product(y_, gated_, down_, count);
    }
  }

  static double flops(const LayerRows& rows) {
    const double m = rows.attention, pairs = m * (m + 1) / 2;
    const double low = kWidth * 2.0 * kLtpRank + 3.0 * kLtpRank * kLtpChannels;
    return 2 * (kWidth * (1.0 * rows.keys * kKeyWidth + m * (2 * kQueryWidth + kKeyWidth)) +
                2 * pairs * kQueryWidth + rows.probe * low + 3.0 * rows.ffn * kWidth * kFfnWidth);
  }

 private:
  // out[:rows] = in[:rows] weight^T
  static void product(const at::Tensor& out, const at::Tensor& in, const at::Tensor& weight,
                      int64_t rows) {
    at::Tensor target = out.narrow(0, 0, rows);
    at::mm_out(target, in.narrow(0, 0, rows), weight.t());
  }

  void project(const LayerRows& rows) {
    if (rows.keys == rows.attention) return product(fused_, x_, kqv_, rows.keys);
    product(fused_.narrow(1, 0, kKeyWidth), x_, kqv_.narrow(0, 0, kKeyWidth), rows.keys);
    product(fused_.narrow(1, kKeyWidth, kQueryWidth + kKeyWidth), x_,
            kqv_.narrow(0, kKeyWidth, kQueryWidth + kKeyWidth), rows.attention);
  }

  void attend(int64_t rows) {
    const at::Tensor all = fused_.narrow(0, 0, rows)
                               .view({1, rows, kFusedWidth / kHeadSize, kHeadSize})
                               .transpose(1, 2);  // [1, Hkv + H + Hkv, M, d]
    at::_scaled_dot_product_cudnn_attention(
        all.narrow(1, kKvHeads, kHeads), all.narrow(1, 0, kKvHeads),
        all.narrow(1, kKvHeads + kHeads, kKvHeads), std::nullopt, /*compute_log_sumexp=*/false,
        /*dropout_p=*/0.0, /*is_causal=*/true, /*return_debug_mask=*/false);
  }

  void probe(int64_t rows) {
    product(low_, x_, ltp_u_, rows);
    product(channels_, low_.narrow(1, 0, kLtpRank), ltp_v_, rows);
    product(channels_, low_.narrow(1, kLtpRank, kLtpRank), ltp_v_, rows);
    product(low_.narrow(1, 0, kLtpRank), channels_, ltp_down_, rows);
  }

  at::Tensor x_, fused_, heads_, y_, wide_, gated_, low_, channels_;
  at::Tensor kqv_ = random({kFusedWidth, kWidth}, 0.02), out_ = random({kWidth, kQueryWidth}, 0.02),
             gate_up_ = random({2 * kFfnWidth, kWidth}, 0.02),
             down_ = random({kWidth, kFfnWidth}, 0.02),
             ltp_u_ = random({2 * kLtpRank, kWidth}, 0.02),
             ltp_v_ = random({kLtpChannels, kLtpRank}, 0.02),
             ltp_down_ = random({kLtpRank, kLtpChannels}, 0.02);
};

std::vector<LayerRows> full_layers(int64_t tokens) {
  return std::vector<LayerRows>(kLayers, {tokens, tokens, 0, tokens});
}

// The published schedule of SPTS for this model (arXiv 2601.13155; prune step 1K; the next stage's
// candidates are the budget less that step).
std::vector<LayerRows> spts_layers(int64_t tokens) {
  constexpr int64_t kFull = 10, kStep = 1024;
  const std::vector<std::pair<int64_t, int64_t>> stages = {
      {13, 9 * 1024}, {18, 7 * 1024}, {23, 4 * 1024}, {28, 2 * 1024}, {kLayers - 1, 1024}};
  std::vector<LayerRows> layers(kFull, {tokens, tokens, 0, tokens});
  int64_t candidates = tokens;
  for (const auto& [last, budget] : stages) {
    const int64_t active = std::min(budget, candidates);
    while (static_cast<int64_t>(layers.size()) <= last) {
      layers.push_back({candidates, active, active < candidates ? candidates : 0, active});
    }
    candidates = std::min(candidates, budget - kStep);
  }
  return layers;
}

void floor_of(benchmark::State& state, const std::vector<LayerRows>& layers) {
  Floor floor(layers.front().keys);
  double flops = 0;
  for (const LayerRows& rows : layers) flops += Floor::flops(rows);
  // A layer of each shape builds its plans before the clock starts.
  const double seconds = seconds_eager(
      [&] {
        for (size_t i = 0; i < layers.size(); ++i) {
          if (i == 0 || layers[i].attention != layers[i - 1].attention) floor.run(layers[i]);
        }
      },
      [&] {
        for (const LayerRows& rows : layers) floor.run(rows);
      });
  report_flops(state, seconds, flops);
}

void prefill_floor(benchmark::State& state) {
  floor_of(state, full_layers(state.range(0)));
}

void spts_floor(benchmark::State& state) {
  floor_of(state, spts_layers(state.range(0)));
}

}  // namespace

void add_prefill_floors() {
  for (const int64_t tokens : {4096, 8192, 16384, 32768, 65536, 131072}) {
    add("PrefillFloor", prefill_floor)->Arg(tokens)->Unit(benchmark::kMillisecond);
  }
  for (const int64_t tokens : {8192, 16384, 32768, 65536, 131072}) {
    add("SptsFloor", spts_floor)->Arg(tokens)->Unit(benchmark::kMillisecond);
  }
}

}  // namespace skipbench::bench
