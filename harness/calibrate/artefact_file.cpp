#include "harness/calibrate/artefact_file.h"

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <sstream>
#include <utility>

#include "harness/base/folders.h"
#include "harness/base/sha256.h"
#include "kernels/base/json.h"

namespace skipbench {
namespace {

constexpr std::pair<at::ScalarType, const char*> kTypes[] = {
    {at::kFloat, "F32"}, {at::kDouble, "F64"}, {at::kHalf, "F16"}, {at::kBFloat16, "BF16"},
    {at::kLong, "I64"},  {at::kInt, "I32"},    {at::kByte, "U8"},  {at::kBool, "BOOL"}};

std::string type_code(at::ScalarType type) {
  for (const auto& [scalar, code] : kTypes) {
    if (scalar == type) return code;
  }
  throw ContractError(fmt::format("an artefact holds a tensor of type {}", at::toString(type)));
}

std::optional<at::ScalarType> scalar_type(const std::string& code) {
  for (const auto& [scalar, name] : kTypes) {
    if (code == name) return scalar;
  }
  return std::nullopt;
}

std::string read_all(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream content;
  content << stream.rdbuf();
  return content.str();
}

// The tensors after a header that has been found in order; throws Json's exceptions otherwise.
std::optional<Artefact> read_tensors(const Json& header, std::string_view data) {
  Artefact artefact;
  for (const auto& [name, entry] : header.items()) {
    if (name == "__metadata__") continue;
    const std::optional<at::ScalarType> type = scalar_type(entry.at("dtype"));
    const auto shape = entry.at("shape").get<std::vector<int64_t>>();
    const auto begin = entry.at("data_offsets").at(0).get<size_t>();
    const auto end = entry.at("data_offsets").at(1).get<size_t>();
    if (!type || begin > end || end > data.size()) return std::nullopt;
    at::Tensor tensor = at::empty(shape, at::TensorOptions(*type));
    if (tensor.nbytes() != end - begin) return std::nullopt;
    std::memcpy(tensor.data_ptr(), data.data() + begin, end - begin);
    artefact.tensors[name] = std::move(tensor);
  }
  return artefact;
}

[[noreturn]] void fail_writing(const std::filesystem::path& file) {
  throw ArtefactFolderError(
      fmt::format("cannot write '{}'; set SKIPBENCH_CACHE to a folder with room", file.string()));
}

}  // namespace

std::filesystem::path artefact_file(const std::string& hash) {
  return cache_folder() / "artefacts" / fmt::format("{}.safetensors", hash);
}

void require_writable(const std::filesystem::path& folder) {
  std::error_code ignored;
  std::filesystem::create_directories(folder, ignored);
  const std::filesystem::path probe = folder / fmt::format("probe.{}.tmp", getpid());
  std::ofstream stream(probe, std::ios::binary);
  stream << "probe";
  stream.close();
  std::filesystem::remove(probe, ignored);
  if (!stream) fail_writing(folder);
}

void save_artefact(const Artefact& artefact, const std::filesystem::path& file) {
  Json header = Json::object();
  std::string data;
  for (const auto& [name, given] : artefact.tensors) {
    const at::Tensor tensor = given.to(at::kCPU).contiguous();
    const size_t begin = data.size();
    data.append(static_cast<const char*>(tensor.const_data_ptr()), tensor.nbytes());
    header[name] = {{"dtype", type_code(tensor.scalar_type())},
                    {"shape", tensor.sizes().vec()},
                    {"data_offsets", {begin, data.size()}}};
  }
  header["__metadata__"] = {{"sha256", sha256_hex(data)}};
  const std::string text = header.dump();
  const uint64_t length = text.size();

  std::error_code ignored;
  std::filesystem::create_directories(file.parent_path(), ignored);
  const std::filesystem::path temporary = fmt::format("{}.{}.tmp", file.string(), getpid());
  std::ofstream stream(temporary, std::ios::binary);
  stream.write(reinterpret_cast<const char*>(&length), sizeof(length));
  stream << text << data;
  stream.close();
  if (!stream) {
    std::filesystem::remove(temporary, ignored);
    fail_writing(file);
  }
  std::error_code failed;
  std::filesystem::rename(temporary, file, failed);
  if (failed) fail_writing(file);
}

std::optional<Artefact> load_artefact(const std::filesystem::path& file) {
  if (!std::filesystem::is_regular_file(file)) return std::nullopt;
  const std::string content = read_all(file);
  uint64_t length = 0;
  if (content.size() < sizeof(length)) return std::nullopt;
  std::memcpy(&length, content.data(), sizeof(length));
  if (length > content.size() - sizeof(length)) return std::nullopt;
  const std::string_view text = std::string_view(content).substr(sizeof(length), length);
  const std::string_view data = std::string_view(content).substr(sizeof(length) + length);
  try {
    const Json header = Json::parse(text);
    if (header.at("__metadata__").at("sha256") != sha256_hex(data)) return std::nullopt;
    return read_tensors(header, data);
  } catch (const Json::exception&) {
    return std::nullopt;  // damaged: the caller makes it anew
  }
}

}  // namespace skipbench
