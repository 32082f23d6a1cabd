#include "harness/checkpoint/model_source.h"

#include <fmt/format.h>

#include "harness/checkpoint/file_hash.h"
#include "harness/checkpoint/gguf_checkpoint.h"
#include "harness/checkpoint/gguf_text.h"
#include "harness/checkpoint/hf_config.h"
#include "harness/checkpoint/hf_hash.h"
#include "harness/checkpoint/hf_text.h"
#include "harness/checkpoint/hf_weights.h"

namespace skipbench {
namespace {

class GgufSource : public ModelSource {
 public:
  explicit GgufSource(const std::filesystem::path& path) : file_(path) {}

  ModelConfig config() const override { return gguf_model_config(file_); }
  std::optional<TokenizerSpec> tokenizer_spec() const override {
    return gguf_tokenizer_spec(file_);
  }
  std::string hash() const override { return cached_file_hash(file_.path()); }
  ModelWeights load(const ModelConfig& config, at::Device device,
                    at::ScalarType dtype) const override {
    return load_gguf_weights(file_, config, device, dtype);
  }
  [[noreturn]] void fail(std::string_view problem) const override { file_.fail(problem); }

 private:
  GgufFile file_;
};

class HfSource : public ModelSource {
 public:
  explicit HfSource(const std::filesystem::path& folder)
      : folder_(folder), config_(hf_model_config(folder)), tensors_(folder) {
    check_hf_tensors(tensors_, config_);
  }

  ModelConfig config() const override { return config_; }
  std::optional<TokenizerSpec> tokenizer_spec() const override {
    return hf_tokenizer_spec(folder_);
  }
  std::string hash() const override { return hf_folder_hash(folder_); }
  ModelWeights load(const ModelConfig& config, at::Device device,
                    at::ScalarType dtype) const override {
    uint64_t bytes = 0;
    for (const MappedFile& file : tensors_.files()) bytes += file.bytes().size();
    LoadProgress progress(config.name, bytes);
    return load_hf_weights(tensors_, config, device, dtype, progress);
  }
  [[noreturn]] void fail(std::string_view problem) const override { tensors_.fail(problem); }

 private:
  std::filesystem::path folder_;
  ModelConfig config_;
  HfTensors tensors_;
};

}  // namespace

std::unique_ptr<ModelSource> open_model_source(const std::filesystem::path& path) {
  if (std::filesystem::is_directory(path)) return std::make_unique<HfSource>(path);
  return std::make_unique<GgufSource>(path);
}

}  // namespace skipbench
