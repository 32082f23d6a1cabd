#include "harness/checkpoint/hf/hf_tensors.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "harness/base/json_fields.h"
#include "harness/base/json_file.h"
#include "kernels/base/error.h"

namespace skipbench {
namespace {

namespace fs = std::filesystem;

constexpr size_t kLongestIndex = size_t{64} << 20;
constexpr const char* kSingle = "model.safetensors";
constexpr const char* kIndex = "model.safetensors.index.json";

/// Shards are files of the folder itself. (The file may be a link elsewhere, as in Hugging Face's
/// own cache.)
bool is_file_name(const std::string& name) {
  return !name.empty() && name != "." && name != ".." && name.find('/') == name.npos &&
         name.find('\0') == name.npos;
}

/// Tensor name -> file name.
std::map<std::string, std::string> read_index(const fs::path& index) {
  const JsonFields fields(read_json_file(index, kLongestIndex), index.string());
  const Json* weight_map = fields.find("weight_map");
  if (weight_map == nullptr || !weight_map->is_object() || weight_map->empty()) {
    fields.fail("expected an object 'weight_map' of tensor names and files");
  }
  std::map<std::string, std::string> files;
  for (const auto& [tensor, file] : weight_map->items()) {
    if (!file.is_string() || !is_file_name(file.get_ref<const std::string&>())) {
      fields.fail(
          fmt::format("the file of tensor '{}' is {}, expected the name of a file in the "
                      "same folder",
                      tensor, file.dump(-1, ' ', true)));
    }
    files.emplace(tensor, file.get<std::string>());
  }
  return files;
}

[[noreturn]] void fail_no_weights(const fs::path& folder) {
  const bool pickled = fs::exists(folder / "pytorch_model.bin") ||
                       fs::exists(folder / "pytorch_model.bin.index.json");
  throw InputError(fmt::format(
      "{}: it has neither {} nor {}{}", folder.string(), kSingle, kIndex,
      pickled ? "; convert its pytorch_model.bin with save_pretrained of transformers" : ""));
}

}  // namespace

std::vector<fs::path> hf_weight_files(const fs::path& folder) {
  if (fs::exists(folder / kSingle)) return {folder / kSingle};
  if (!fs::exists(folder / kIndex)) fail_no_weights(folder);
  std::set<std::string> names;
  for (auto& [tensor, file] : read_index(folder / kIndex)) names.insert(std::move(file));
  std::vector<fs::path> files;
  for (const std::string& name : names) files.push_back(folder / name);
  return files;
}

HfTensors::HfTensors(fs::path folder) : folder_(std::move(folder)) {
  const std::vector<fs::path> files = hf_weight_files(folder_);
  files_.reserve(files.size());
  for (const fs::path& file : files) add_file(file.filename().string());
  if (!fs::exists(folder_ / kSingle)) add_shards(folder_ / kIndex);
}

void HfTensors::fail(std::string_view problem) const {
  throw InputError(fmt::format("{}: {}", folder_.string(), problem));
}

void HfTensors::add_file(const std::string& name) {
  const MappedFile& file = files_.emplace_back(folder_ / name);
  SafetensorsTensors tensors;
  try {
    tensors = read_safetensors_header(file.bytes());
  } catch (const InputError& error) {
    throw InputError(fmt::format("{}: {}", file.path().string(), error.what()));
  }
  for (auto& [tensor, place] : tensors) {
    const auto [entry, is_new] = tensors_.try_emplace(tensor, Tensor{&file, std::move(place)});
    if (is_new) continue;
    fail(fmt::format("tensor '{}' stands in two files, {} and {}", tensor,
                     entry->second.file->path().filename().string(), name));
  }
}

void HfTensors::add_shards(const fs::path& index) {
  for (const auto& [tensor, file] : read_index(index)) {
    const auto found = tensors_.find(tensor);
    if (found != tensors_.end() && found->second.file->path().filename() == file) continue;
    fail(fmt::format("{} says that tensor '{}' is in {}, where it is not", kIndex, tensor, file));
  }
}

const HfTensors::Tensor& HfTensors::tensor(std::string_view name,
                                           const std::vector<int64_t>& shape) const {
  const auto found = tensors_.find(name);
  if (found == tensors_.end()) fail(fmt::format("tensor '{}' is missing", name));
  const Tensor& tensor = found->second;
  if (tensor.place.shape != shape) {
    fail(fmt::format("tensor '{}' has shape [{}], expected [{}]", name,
                     fmt::join(tensor.place.shape, ", "), fmt::join(shape, ", ")));
  }
  const std::string& dtype = tensor.place.dtype;
  if (dtype != "F32" && dtype != "F16" && dtype != "BF16") {
    fail(fmt::format("tensor '{}' is stored as {}, expected BF16, F16 or F32", name, dtype));
  }
  return tensor;
}

}  // namespace skipbench
