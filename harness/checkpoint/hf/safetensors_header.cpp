#include "harness/checkpoint/hf/safetensors_header.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "harness/base/parse_json.h"
#include "kernels/base/error.h"
#include "kernels/base/json.h"

namespace skipbench {
namespace {

constexpr uint64_t kLongestHeader = 100'000'000;  // bytes; the format's own limit
constexpr size_t kMostDimensions = 8;

struct DtypeBytes {
  std::string_view name;
  uint64_t bytes;
};
constexpr DtypeBytes kDtypes[] = {
    {"F64", 8},  {"F32", 4},     {"F16", 2},     {"BF16", 2},    {"I64", 8}, {"I32", 4},
    {"I16", 2},  {"I8", 1},      {"U64", 8},     {"U32", 4},     {"U16", 2}, {"U8", 1},
    {"BOOL", 1}, {"F8_E4M3", 1}, {"F8_E5M2", 1}, {"F8_E8M0", 1},
};

bool is_plain_text(std::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

/// Takes the header event by event: what the format does not have is refused where it begins,
/// before anything is built of it.
class HeaderReader : public nlohmann::json_sax<Json> {
 public:
  SafetensorsTensors take() { return std::move(tensors_); }

  bool null() override { unexpected("null"); }
  bool boolean(bool) override { unexpected("true or false"); }
  bool number_float(double, const std::string& text) override { unexpected("number " + text); }
  bool binary(binary_t&) override { unexpected("binary data"); }
  bool number_integer(int64_t number) override {
    unexpected(fmt::format("number {}", number));  // only negative ones come here
  }

  bool number_unsigned(uint64_t number) override {
    if (place_ == Place::kShape && tensor_.shape.size() < kMostDimensions &&
        number <= static_cast<uint64_t>(INT64_MAX)) {
      tensor_.shape.push_back(static_cast<int64_t>(number));
    } else if (place_ == Place::kOffsets && offsets_ < 2) {
      (offsets_++ == 0 ? tensor_.begin : tensor_.end) = number;
    } else {
      unexpected(fmt::format("number {}", number));
    }
    return true;
  }

  bool string(std::string& text) override {
    if (place_ == Place::kTensor && key_ == "dtype") {
      tensor_.dtype = text;
    } else if (place_ != Place::kMetadata) {
      unexpected("a string");
    }
    return true;
  }

  bool start_object(size_t) override {
    if (place_ == Place::kOutside) {
      place_ = Place::kRoot;
    } else if (place_ == Place::kRoot) {
      place_ = name_ == "__metadata__" ? Place::kMetadata : Place::kTensor;
      tensor_ = {};
      has_shape_ = false;
      offsets_ = 0;
    } else {
      unexpected("an object");
    }
    return true;
  }

  bool key(std::string& text) override {
    if (place_ == Place::kRoot) {
      name_ = text;
      if (!is_plain_text(name_)) throw InputError("a tensor's name is not text");
    } else {
      key_ = text;
    }
    return true;
  }

  bool end_object() override {
    if (place_ == Place::kTensor) {
      add_tensor();
      place_ = Place::kRoot;
    } else if (place_ == Place::kMetadata) {
      place_ = Place::kRoot;
    }
    return true;
  }

  bool start_array(size_t) override {
    if (place_ == Place::kTensor && key_ == "shape" && !has_shape_) {
      place_ = Place::kShape;
      has_shape_ = true;
    } else if (place_ == Place::kTensor && key_ == "data_offsets" && offsets_ == 0) {
      place_ = Place::kOffsets;
    } else {
      unexpected("a list");
    }
    return true;
  }

  bool end_array() override {
    place_ = Place::kTensor;
    return true;
  }

  bool parse_error(size_t position, const std::string&, const Json::exception& error) override {
    throw InputError(
        fmt::format("the header is not valid JSON at byte {}: {}", position, json_reason(error)));
  }

 private:
  enum class Place { kOutside, kRoot, kMetadata, kTensor, kShape, kOffsets };

  [[noreturn]] void unexpected(const std::string& what) const {
    throw InputError(fmt::format("the header has {} where none is expected{}", what,
                                 name_.empty() ? "" : fmt::format(" (in '{}')", name_)));
  }

  void add_tensor() {
    if (tensor_.dtype.empty() || !has_shape_ || offsets_ != 2) {
      throw InputError(
          fmt::format("tensor '{}' lacks its dtype, shape or data_offsets (two numbers)", name_));
    }
    if (!tensors_.emplace(name_, std::move(tensor_)).second) {
      throw InputError(fmt::format("tensor '{}' stands twice", name_));
    }
  }

  SafetensorsTensors tensors_;
  Place place_ = Place::kOutside;
  std::string name_, key_;
  SafetensorsTensor tensor_;
  bool has_shape_ = false;
  int offsets_ = 0;
};

uint64_t header_length(std::string_view file) {
  uint64_t length = 0;
  if (file.size() < sizeof length) {
    throw InputError(fmt::format("no safetensors file: it is only {} bytes long", file.size()));
  }
  std::memcpy(&length, file.data(), sizeof length);
  if (length > kLongestHeader) {
    throw InputError(
        fmt::format("no safetensors file: its header would be {} bytes long, expected "
                    "at most {}",
                    length, kLongestHeader));
  }
  const uint64_t left = file.size() - sizeof length;
  if (length > left) {
    throw InputError(
        fmt::format("the file is truncated: {} bytes of a header of {}", left, length));
  }
  return length;
}

/// Bytes of a tensor by its shape and dtype; nothing beyond 2^63.
std::optional<uint64_t> bytes_of(const std::string& name, const SafetensorsTensor& tensor) {
  const auto* dtype =
      std::find_if(std::begin(kDtypes), std::end(kDtypes),
                   [&](const DtypeBytes& known) { return known.name == tensor.dtype; });
  if (dtype == std::end(kDtypes)) {
    throw InputError(fmt::format("tensor '{}' has the unknown dtype '{}'", name,
                                 is_plain_text(tensor.dtype) ? tensor.dtype : "?"));
  }
  uint64_t bytes = dtype->bytes;
  for (const int64_t size : tensor.shape) {
    if (size != 0 && bytes > static_cast<uint64_t>(INT64_MAX) / static_cast<uint64_t>(size)) {
      return std::nullopt;
    }
    bytes *= static_cast<uint64_t>(size);
  }
  return bytes;
}

void check_tensor(const std::string& name, const SafetensorsTensor& tensor, uint64_t data_bytes) {
  const auto bytes = bytes_of(name, tensor);
  const auto described = [&] {
    return fmt::format("tensor '{}' ({} [{}], bytes {} to {})", name, tensor.dtype,
                       fmt::join(tensor.shape, ", "), tensor.begin, tensor.end);
  };
  if (tensor.begin > tensor.end || tensor.end > data_bytes) {
    throw InputError(
        fmt::format("{} lies outside the file, which holds {} bytes of tensors: it is "
                    "truncated or its header is wrong",
                    described(), data_bytes));
  }
  if (!bytes || *bytes != tensor.bytes()) {
    throw InputError(fmt::format("{} does not have the size that its shape asks for", described()));
  }
}

/// Sorted by place, each tensor must begin where the one before ends.
void check_layout(const SafetensorsTensors& tensors, uint64_t data_bytes) {
  using Entry = const SafetensorsTensors::value_type*;
  std::vector<Entry> by_place;
  for (const auto& entry : tensors) by_place.push_back(&entry);
  std::sort(by_place.begin(), by_place.end(), [](Entry a, Entry b) {
    return std::pair(a->second.begin, a->second.end) < std::pair(b->second.begin, b->second.end);
  });
  uint64_t end = 0;
  std::string before = "the header";
  for (const Entry entry : by_place) {
    if (entry->second.begin != end) {
      throw InputError(
          fmt::format("tensor '{}' begins at byte {} of the tensors, but {} ends at {}: "
                      "they {}",
                      entry->first, entry->second.begin, before, end,
                      entry->second.begin < end ? "overlap" : "leave a hole"));
    }
    end = entry->second.end;
    before = fmt::format("'{}'", entry->first);
  }
  if (end == data_bytes) return;
  throw InputError(
      fmt::format("{} bytes follow the last tensor, which ends at {}", data_bytes - end, end));
}

}  // namespace

SafetensorsTensors read_safetensors_header(std::string_view file) {
  const uint64_t length = header_length(file);
  const uint64_t data_begin = sizeof length + length;
  const std::string_view header = file.substr(sizeof length, length);
  HeaderReader reader;
  Json::sax_parse(header, &reader);
  SafetensorsTensors tensors = reader.take();
  const uint64_t data_bytes = file.size() - data_begin;
  for (const auto& [name, tensor] : tensors) check_tensor(name, tensor, data_bytes);
  check_layout(tensors, data_bytes);
  for (auto& [name, tensor] : tensors) {
    tensor.begin += data_begin;
    tensor.end += data_begin;
  }
  return tensors;
}

}  // namespace skipbench
