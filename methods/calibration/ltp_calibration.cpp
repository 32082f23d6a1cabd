#include "methods/calibration/ltp_calibration.h"

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <iterator>

#include "kernels/base/error.h"
#include "kernels/model/decoder.h"
#include "kernels/model/layer_context.h"
#include "kernels/model/work_meter.h"
#include "kernels/ops/rows/top_k.h"
#include "methods/calibration/ffn_watch.h"
#include "methods/calibration/ltp_proxy.h"

namespace skipbench {
namespace {

// The FFN inputs [G, D] of layers [begin, end) over all texts.
std::vector<at::Tensor> empty_inputs(const Model& model, int64_t begin, int64_t end,
                                     int64_t tokens) {
  const auto options = at::TensorOptions(model.device()).dtype(model.dtype());
  std::vector<at::Tensor> inputs;
  for (int64_t layer = begin; layer < end; ++layer) {
    inputs.push_back(at::empty({tokens, model.config.width}, options));
  }
  return inputs;
}

struct Factors {
  at::Tensor u;  // [in, r], singular values folded in
  at::Tensor v;  // [r, out], rows orthonormal
};

// The best rank-r approximation of a matrix [in, out].
Factors factorise(const at::Tensor& matrix, int64_t rank) {
  const auto [u, s, vh] = at::linalg_svd(matrix.to(at::kFloat), /*full_matrices=*/false);
  return {u.narrow(1, 0, rank) * s.narrow(0, 0, rank), vh.narrow(0, 0, rank)};
}

void add_proxy(Artefact& artefact, int64_t layer, const LayerWeights& weights,
               const at::Tensor& importance, const LtpShape& shape) {
  const int64_t ffn_width = weights.down.size(1);
  const at::Tensor kept = ops::top_k_rows(importance, shape.d_low);  // [d_low]
  const Factors gate = factorise(weights.gate_up.index_select(0, kept).t(), shape.rank);
  const Factors up = factorise(weights.gate_up.index_select(0, kept + ffn_width).t(), shape.rank);
  const Factors down = factorise(weights.down.index_select(1, kept).t(), shape.rank);
  const auto add = [&](std::string_view part, const at::Tensor& tensor) {
    artefact.tensors[ltp_tensor_name(layer, part)] = tensor.to(at::kCPU).contiguous();
  };
  add("gate_u", gate.u);
  add("gate_v", gate.v);
  add("up_u", up.u);
  add("up_v", up.v);
  add("down_u", down.u);
}

int64_t token_count(std::span<const std::vector<int32_t>> texts) {
  int64_t tokens = 0;
  for (const auto& text : texts) tokens += static_cast<int64_t>(text.size());
  return tokens;
}

// Layers whose inputs are recorded in one pass over the texts.
int64_t layers_at_once(const ModelConfig& config, at::ScalarType dtype, int64_t tokens,
                       int64_t memory_bytes) {
  const auto element = static_cast<int64_t>(at::elementSize(dtype));
  return std::max<int64_t>(1, memory_bytes / (tokens * config.width * element));
}

// Of a text on its way through the layers before `end`.
double pass_flops(const ModelConfig& config, size_t tokens, int64_t end) {
  return static_cast<double>(full_prefill_flops(config, static_cast<int64_t>(tokens))) *
         static_cast<double>(end) / static_cast<double>(config.layers);
}

// Of the gate and up products that a layer's importance takes.
double importance_flops(const ModelConfig& config, int64_t tokens) {
  return 4.0 * static_cast<double>(tokens * config.width * config.ffn_width);
}

}  // namespace

double ltp_calibration_flops(const ModelConfig& config, at::ScalarType dtype,
                             std::span<const std::vector<int32_t>> texts, int64_t memory_bytes) {
  const int64_t tokens = token_count(texts);
  if (tokens == 0) return 0;
  const int64_t group = layers_at_once(config, dtype, tokens, memory_bytes);
  double flops = importance_flops(config, tokens) * static_cast<double>(config.layers);
  for (int64_t begin = 0; begin < config.layers; begin += group) {
    const int64_t end = std::min(begin + group, config.layers);
    for (const auto& text : texts) flops += pass_flops(config, text.size(), end);
  }
  return flops;
}

at::Tensor channel_importance(const at::Tensor& inputs, const at::Tensor& gate_up, double top_rho,
                              const CalibrationStep& before_step, int64_t memory_bytes) {
  const int64_t tokens = inputs.size(0), channels = gate_up.size(0) / 2;
  const auto top =
      std::max<int64_t>(1, static_cast<int64_t>(top_rho * static_cast<double>(tokens)));
  // Gate, up and the copy that the search for the top works on, in fp32.
  const int64_t chunk = std::clamp<int64_t>(memory_bytes / (3 * 4 * tokens), 1, channels);
  std::vector<at::Tensor> importance;
  for (int64_t begin = 0; begin < channels; begin += chunk) {
    before_step(static_cast<double>(begin) / static_cast<double>(channels));
    const int64_t count = std::min(chunk, channels - begin);
    const at::Tensor gate = gate_up.narrow(0, begin, count).matmul(inputs.t());           // [c, G]
    const at::Tensor up = gate_up.narrow(0, channels + begin, count).matmul(inputs.t());  // [c, G]
    const at::Tensor z = (at::silu(gate.to(at::kFloat)) * up).abs_();
    importance.push_back(std::get<0>(z.topk(top, 1, /*largest=*/true, /*sorted=*/false)).mean(1));
  }
  return at::cat(importance);
}

Artefact calibrate_ltp(Decoder& decoder, std::span<const std::vector<int32_t>> texts,
                       const LtpShape& shape, const CalibrationStep& before_step,
                       int64_t memory_bytes) {
  const c10::InferenceMode inference;
  const Model& model = decoder.model();
  const int64_t tokens = token_count(texts);
  if (tokens == 0) throw InputError("LTP calibration: the texts hold no token");

  const ModelConfig& config = model.config;
  const int64_t group = layers_at_once(config, model.dtype(), tokens, memory_bytes);
  const double all = ltp_calibration_flops(config, model.dtype(), texts, memory_bytes);
  double done = 0;
  Artefact artefact;
  for (int64_t begin = 0; begin < config.layers; begin += group) {
    const int64_t end = std::min(begin + group, config.layers);
    const std::vector<at::Tensor> inputs = empty_inputs(model, begin, end, tokens);
    int64_t first_row = 0;  // of the text at hand
    const FfnWatch watch(end - 1, [&](LayerContext& layer) {
      if (layer.layer() < begin) return;
      const int64_t live = layer.live();
      inputs[layer.layer() - begin]
          .narrow(0, first_row, live)
          .copy_(layer.ffn_input(TokenRows::all(live)));
    });
    for (const auto& text : texts) {
      before_step(done / all);
      if (!text.empty()) decoder.prefill(Prompt{.tokens = text}, watch);
      first_row += std::ssize(text);
      done += pass_flops(config, text.size(), end);
    }
    for (int64_t layer = begin; layer < end; ++layer) {
      const LayerWeights& weights = model.weights.layers[layer];
      const double of_layer = importance_flops(config, tokens);
      const auto step = [&](double share) { before_step((done + share * of_layer) / all); };
      const at::Tensor importance = channel_importance(inputs[layer - begin], weights.gate_up,
                                                       shape.top_rho, step, memory_bytes);
      add_proxy(artefact, layer, weights, importance, shape);
      done += of_layer;
    }
  }
  return artefact;
}

}  // namespace skipbench
