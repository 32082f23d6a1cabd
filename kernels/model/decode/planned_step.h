#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "kernels/model/decode/step_context.h"
#include "kernels/model/decoder.h"
#include "kernels/model/rope.h"

namespace skipbench {

/// One decode step of a method that plans its steps. Beside the new token it carries the dropped
/// tokens that the method brought back: R rows, ascending by position, the new token last.
class PlannedStep {
 public:
  PlannedStep(const Model& model, const RopeTable& rope, Sequence& sequence);

  /// Takes the new token's embedding [1, D] through all layers: [1, D].
  at::Tensor run(at::Tensor embedding);

 private:
  void run_layer(int64_t layer);
  /// Looks which of the tokens to be seen have no K/V yet in the layer to come, and takes them
  /// along.
  void bring_back(int64_t layer);
  StepContext attend(int64_t layer);
  void run_ffn(int64_t layer);
  /// Only these tokens are seen in the layers behind.
  void select(int64_t layer, const TokenRows& kept);
  /// The rows beside the new token go where they may be taken from again.
  void set_aside();
  void check_can_revive() const;

  const Model& model_;
  const RopeTable& rope_;
  Sequence& sequence_;
  LayerHooks& hooks_;
  at::Tensor hidden_;     // [R, D]
  at::Tensor positions_;  // [R] int64
  at::Tensor ranks_;      // [R] int64 among seen_, where that is defined
  at::Tensor seen_;       // [K] int64, ascending: positions to be seen; undefined: the whole cache
};

}  // namespace skipbench
