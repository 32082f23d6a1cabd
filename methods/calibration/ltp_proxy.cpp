#include "methods/calibration/ltp_proxy.h"

#include <ATen/ATen.h>

#include "kernels/base/check.h"
#include "kernels/model/layer_context.h"
#include "kernels/ops/rows.h"
#include "kernels/ops/swiglu.h"

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

at::Tensor LtpProxies::predicted_norms(LayerContext& context) const {
  const Layer& proxy = layers_.at(context.layer() - first_layer_);
  const int64_t live = context.live(), width = context.config().width;
  const int64_t rank = proxy.gate_v.size(0), d_low = proxy.gate_v.size(1);

  const at::Tensor x = context.ffn_input(TokenRows::all(live));  // [T, D]
  const at::Tensor low = x.matmul(proxy.gate_up_u);              // [T, 2 r]
  const at::Tensor wide = at::empty({live, 2 * d_low}, x.options());
  at::Tensor gate = wide.narrow(1, 0, d_low), up = wide.narrow(1, d_low, d_low);
  at::mm_out(gate, low.narrow(1, 0, rank), proxy.gate_v);
  at::mm_out(up, low.narrow(1, rank, rank), proxy.up_v);
  const at::Tensor image = ops::swiglu(wide).matmul(proxy.down_u);  // [T, r]

  WorkMeter& meter = context.meter();
  meter.linear(WorkKind::kProbe, live, width, 2 * rank);
  meter.linear(WorkKind::kProbe, live, rank, 2 * d_low);
  meter.linear(WorkKind::kProbe, live, d_low, rank);
  return ops::row_norms(image);
}

}  // namespace skipbench
