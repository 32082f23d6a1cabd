#include "methods/calibration/ltp_proxy.h"

#include <ATen/ATen.h>

#include "kernels/base/check.h"
#include "kernels/model/layer_context.h"

namespace skipbench {

std::string ltp_tensor_name(int64_t layer, std::string_view part) {
  return fmt::format("layer{}.{}", layer, part);
}

LtpProxies::LtpProxies(const Artefact& artefact, int64_t first_layer, int64_t layers,
                       at::Device device, at::ScalarType dtype)
    : first_layer_(first_layer) {
  for (int64_t layer = first_layer; layer < layers; ++layer) {
    const auto part = [&](std::string_view name) {
      const auto found = artefact.tensors.find(ltp_tensor_name(layer, name));
      require(found != artefact.tensors.end(), "the LTP artefact lacks '{}'",
              ltp_tensor_name(layer, name));
      return found->second.to(device, dtype);
    };
    layers_.push_back(
        {at::cat({part("gate_u"), part("up_u")}, 1), part("gate_v"), part("up_v"), part("down_u")});
  }
}

at::Tensor LtpProxies::predicted_norms(LayerContext& context, const at::Tensor& weights) const {
  const ops::LowRankFfn& proxy = layers_.at(context.layer() - first_layer_);
  const int64_t live = context.live(), width = context.config().width;
  const int64_t rank = proxy.gate_v.size(0), d_low = proxy.gate_v.size(1);
  WorkMeter& meter = context.meter();
  meter.linear(WorkKind::kProbe, live, width, 2 * rank);
  meter.linear(WorkKind::kProbe, live, rank, 2 * d_low);
  meter.linear(WorkKind::kProbe, live, d_low, rank);
  return ops::low_rank_ffn_norms(context.ffn_input(TokenRows::all(live)), proxy, weights);
}

}  // namespace skipbench
