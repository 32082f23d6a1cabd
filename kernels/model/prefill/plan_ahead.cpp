#include "kernels/model/prefill/plan_ahead.h"

#include <algorithm>

#include "kernels/model/decoder.h"
#include "kernels/ops/rows/row_buffer.h"

namespace skipbench {
namespace {

Model first_layer_of(const Model& model) {
  Model one = model;  // tensors are shared
  one.config.layers = 1;
  one.weights.layers.resize(1);
  return one;
}

}  // namespace

void plan_ahead(const Model& model, int64_t rows) {
  if (!model.device().is_cuda() || model.dtype() == at::kFloat) return;
  const Model one = first_layer_of(model);
  Decoder decoder(one);
  Prompt prompt;
  const int64_t most = std::min(rows, model.config.context);
  for (int64_t length = ops::planned_rows(1); length <= most;
       length = ops::planned_rows(length + 1)) {
    prompt.tokens.assign(length, 0);
    prompt.content_end = length;
    // Selected rows lie in memory as those of a whole prompt do: one plan serves both.
    decoder.prefill(prompt, Everything());
  }
}

}  // namespace skipbench
