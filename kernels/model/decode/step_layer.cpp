#include "kernels/model/decode/step_layer.h"

#include <ATen/ATen.h>

#include <utility>

#include "kernels/base/check.h"

namespace skipbench {

StepLayer::StepLayer(const Model& model, int64_t layer, int64_t tokens, AttentionInputs inputs,
                     at::Tensor hidden, KvCache& cache, WorkMeter& meter)
    : LayerContext(model, layer, meter),
      tokens_(tokens),
      inputs_(std::move(inputs)),
      hidden_(std::move(hidden)),
      cache_(cache) {}

at::Tensor StepLayer::last_queries(int64_t count) {
  require(count == 1, "the queries of {} tokens asked for in a decode step, which has one", count);
  return inputs_.queries;
}

const SeenAttention& StepLayer::seen() {
  if (!seen_) set_seen(TokenRows::all(live()), inputs_.keys, inputs_.values);
  return *seen_;
}

void StepLayer::set_seen(const TokenRows& visible, at::Tensor keys, at::Tensor values) {
  const at::Tensor newest =
      at::full({1}, visible.count() - 1, at::TensorOptions(device()).dtype(at::kLong));
  seen_.emplace(
      TokenRows::of(newest, visible.count()), visible,
      AttentionInputs{
          .queries = inputs_.queries, .keys = std::move(keys), .values = std::move(values)});
}

}  // namespace skipbench
