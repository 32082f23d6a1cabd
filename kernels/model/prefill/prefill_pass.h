#pragma once

#include <ATen/core/Tensor.h>

#include <optional>
#include <vector>

#include "kernels/model/decoder.h"

namespace skipbench {

/// The prompt's way through all layers, the work it took and the cache it left. A method may
/// restart it on a part of the prompt: then the first, abandoned pass counts as work only.
class PrefillPass {
 public:
  /// Fills the sequence's cache, activity and work.
  PrefillPass(const Model& model, RopeTable& rope, const PrefillOptions& options,
              Sequence& sequence)
      : model_(model), rope_(rope), options_(options), sequence_(sequence) {}

  /// Runs the prompt. Returns [1, D], the residual stream of its last token.
  at::Tensor run(const Prompt& prompt);

 private:
  struct Ended {
    at::Tensor hidden;  // [1, D]; undefined when the method restarts
    at::Tensor chosen;  // [k] int64, positions in the prompt to restart on
  };
  Ended run_layers(const Prompt& prompt, bool may_restart);
  at::Tensor run_again(const Prompt& prompt, const at::Tensor& chosen);

  const Model& model_;
  RopeTable& rope_;
  const PrefillOptions& options_;
  Sequence& sequence_;
};

}  // namespace skipbench
