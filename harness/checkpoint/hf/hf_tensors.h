#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "harness/base/mapped_file.h"
#include "harness/checkpoint/hf/safetensors_header.h"

namespace skipbench {

/// The tensors of a Hugging Face model folder, memory-mapped: model.safetensors, or the shards that
/// model.safetensors.index.json names. Throws InputError naming the file for whatever is missing,
/// truncated or lying, and for shards outside the folder.
class HfTensors {
 public:
  explicit HfTensors(std::filesystem::path folder);

  struct Tensor {
    const MappedFile* file;
    SafetensorsTensor place;
  };
  const std::map<std::string, Tensor, std::less<>>& tensors() const { return tensors_; }
  const std::vector<MappedFile>& files() const { return files_; }
  /// Throws InputError when there is no such tensor, or one of another shape, or one whose numbers
  /// are not F32, F16 or BF16.
  const Tensor& tensor(std::string_view name, const std::vector<int64_t>& shape) const;

  /// Throws InputError that begins with the folder's name.
  [[noreturn]] void fail(std::string_view problem) const;

 private:
  void add_file(const std::string& name);
  void add_shards(const std::filesystem::path& index);

  std::filesystem::path folder_;
  std::vector<MappedFile> files_;  // never grows once tensors point into it
  std::map<std::string, Tensor, std::less<>> tensors_;
};

/// The weight files of a folder, in the order of their names, without opening them; the index is
/// read where there is one. Throws as the constructor does.
std::vector<std::filesystem::path> hf_weight_files(const std::filesystem::path& folder);

}  // namespace skipbench
