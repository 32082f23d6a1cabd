#include "harness/checkpoint/hf/hf_checkpoint.h"

#include "harness/checkpoint/hf/hf_config.h"
#include "harness/checkpoint/hf/hf_hash.h"
#include "harness/checkpoint/hf/hf_weights.h"

namespace skipbench {
namespace {

class HfSource : public ModelSource {
 public:
  explicit HfSource(const std::filesystem::path& folder)
      : folder_(folder), config_(hf_model_config(folder)), tensors_(folder) {
    check_hf_tensors(tensors_, config_);
  }

  ModelConfig config() const override { return config_; }
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

std::unique_ptr<ModelSource> open_hf_checkpoint(const std::filesystem::path& folder) {
  return std::make_unique<HfSource>(folder);
}

}  // namespace skipbench
