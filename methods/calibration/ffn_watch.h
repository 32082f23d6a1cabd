#pragma once

#include <functional>

#include "kernels/model/run.h"

namespace skipbench {

/// Full attention that shows each layer of a prompt between attention and FFN: how methods learn
/// from texts.
class FfnWatch : public TokenPolicy {
 public:
  using Look = std::function<void(LayerContext& layer)>;

  /// After layer `last` nothing is to be seen any more, and only one token goes on.
  FfnWatch(int64_t last, Look look) : last_(last), look_(std::move(look)) {}

  std::unique_ptr<Run> begin(const Prompt& prompt, const SequenceOptions& options) const override;

 private:
  class Watching;
  int64_t last_;
  Look look_;
};

}  // namespace skipbench
