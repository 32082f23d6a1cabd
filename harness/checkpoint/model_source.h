#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <string_view>

#include "kernels/model/weights.h"

namespace skipbench {

/// The weights' side of the files that a model comes in, open and their headers checked.
class ModelSource {
 public:
  virtual ~ModelSource() = default;

  /// The hyper-parameters, with every tensor checked against them.
  virtual ModelConfig config() const = 0;
  /// SHA-256 over everything that decides what the model computes.
  virtual std::string hash() const = 0;
  virtual ModelWeights load(const ModelConfig& config, at::Device device,
                            at::ScalarType dtype) const = 0;
  /// Throws InputError that begins with the name of the file or folder.
  [[noreturn]] virtual void fail(std::string_view problem) const = 0;
};

}  // namespace skipbench
