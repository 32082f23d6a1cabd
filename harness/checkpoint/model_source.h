#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "harness/text/tokenizer.h"
#include "kernels/model/weights.h"

namespace skipbench {

/// The files that a model comes in, open and their headers checked.
class ModelSource {
 public:
  virtual ~ModelSource() = default;

  /// The hyper-parameters, with every tensor checked against them.
  virtual ModelConfig config() const = 0;
  /// Nothing when the files hold no tokenizer.
  virtual std::optional<TokenizerSpec> tokenizer_spec() const = 0;
  /// SHA-256 over everything that decides what the model computes.
  virtual std::string hash() const = 0;
  virtual ModelWeights load(const ModelConfig& config, at::Device device,
                            at::ScalarType dtype) const = 0;
  /// Throws InputError that begins with the name of the file or folder.
  [[noreturn]] virtual void fail(std::string_view problem) const = 0;
};

/// `path`: a .gguf file, or a Hugging Face model folder. Throws InputError for whatever is
/// truncated, lying or foreign in it.
std::unique_ptr<ModelSource> open_model_source(const std::filesystem::path& path);

}  // namespace skipbench
