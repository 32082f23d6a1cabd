#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "kernels/model/decode/step_layer.h"
#include "kernels/model/decoder.h"
#include "kernels/model/rope.h"

namespace skipbench {

/// One decode step of a method that is asked about it. Beside the new token it carries the dropped
/// tokens that the method brought back: R rows, ascending by position, the new token last.
class StepPass {
 public:
  StepPass(const Model& model, const RopeTable& rope, Sequence& sequence);

  /// Takes the new token's embedding [1, D] through all layers: [1, D].
  at::Tensor run(at::Tensor embedding);

 private:
  void run_layer(int64_t layer);
  /// The new token's K and V join the cache: the layer as the method sees it.
  StepLayer project(int64_t layer);
  void attend(StepLayer& layer);
  void run_ffn(StepLayer& layer);
  /// Only the tokens that live on are seen in the layers after this one.
  void leave(StepLayer& layer, Point point);
  void select(int64_t layer, const TokenRows& kept, Point point);
  /// Looks which of the tokens to be seen have no K/V yet in the layer to come, and takes them
  /// along.
  void bring_back(int64_t layer);
  /// The rows beside the new token go where they may be taken from again.
  void set_aside();
  void check_can_revive() const;
  int64_t rows() const { return hidden_.size(0); }
  at::Tensor newest() const { return hidden_.narrow(0, rows() - 1, 1); }  // [1, D]

  const Model& model_;
  const RopeTable& rope_;
  Sequence& sequence_;
  Run& run_;
  at::Tensor hidden_;     // [R, D]
  at::Tensor queries_;    // [R, H, d]
  at::Tensor positions_;  // [R] int64
  at::Tensor ranks_;      // [R] int64 among seen_, where that is defined
  at::Tensor seen_;       // [K] int64, ascending: positions to be seen; undefined: the whole cache
};

}  // namespace skipbench
