#include "methods/calibration/ffn_watch.h"

#include <ATen/ATen.h>

#include "kernels/model/layer_context.h"

namespace skipbench {

class FfnWatch::Watching : public RunOf<Watching> {
 public:
  explicit Watching(const FfnWatch& watch) : watch_(watch) {}

  FfnRows ffn(LayerContext& layer) override {
    if (layer.layer() <= watch_.last_) watch_.look_(layer);
    return Run::ffn(layer);
  }

  TokenRows lives(LayerContext& layer, Point point) override {
    const int64_t live = layer.live();
    if (point != Point::kAfterLayer || layer.layer() < watch_.last_) return TokenRows::all(live);
    const auto options = at::TensorOptions(layer.device()).dtype(at::kLong);
    return TokenRows::of(at::full({1}, live - 1, options), live);
  }

 private:
  const FfnWatch& watch_;
};

std::unique_ptr<Run> FfnWatch::begin(const Prompt&, const SequenceOptions&) const {
  return std::make_unique<Watching>(*this);
}

}  // namespace skipbench
