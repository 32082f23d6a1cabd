#include "harness/checkpoint/hf/hf_hash.h"

#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <vector>

#include "harness/base/sha256.h"
#include "harness/checkpoint/file_hash.h"
#include "harness/checkpoint/hf/hf_tensors.h"

namespace skipbench {
namespace {

constexpr const char* kDescriptions[] = {"config.json", "generation_config.json", "tokenizer.json",
                                         "tokenizer_config.json", "chat_template.jinja"};

}  // namespace

std::string hf_folder_hash(const std::filesystem::path& folder) {
  const std::vector<std::filesystem::path> files = hf_weight_files(folder);
  std::vector<std::string> hashes(files.size());
  at::parallel_for(0, static_cast<int64_t>(files.size()), 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) hashes[i] = cached_file_hash(files[i]);
  });
  std::string all;
  for (size_t i = 0; i < files.size(); ++i) {
    all += fmt::format("{} {}\n", hashes[i], files[i].filename().string());
  }
  for (const char* name : kDescriptions) {
    const auto file = folder / name;
    if (std::filesystem::exists(file)) all += fmt::format("{} {}\n", sha256_file_hex(file), name);
  }
  return sha256_hex(all);
}

}  // namespace skipbench
