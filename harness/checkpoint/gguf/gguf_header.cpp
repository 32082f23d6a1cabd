#include "harness/checkpoint/gguf/gguf_header.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <limits>

#include "harness/text/utf8.h"
#include "kernels/base/error.h"

namespace skipbench {
namespace {

static_assert(std::endian::native == std::endian::little, "GGUF numbers are read as they lie");

constexpr int kMaxDimensions = 4;  // ggml's GGML_MAX_DIMS
constexpr int kMaxArrayDepth = 8;  // arrays of arrays are legal; this bounds the recursion
constexpr uint64_t kDefaultAlignment = 32;
constexpr uint64_t kMaxNameLength = 65535;  // the specification's bound for keys

/// Walks over the header; every read is checked against what is left of the file.
class Cursor {
 public:
  explicit Cursor(std::string_view bytes) : bytes_(bytes) {}

  size_t position() const { return position_; }
  uint64_t left() const { return bytes_.size() - position_; }

  std::string_view take(uint64_t count, std::string_view what) {
    if (count > left()) {
      throw InputError(fmt::format(
          "the file ends at byte {} inside {}, which needs {} bytes from byte {} on; it "
          "is truncated or its header is wrong",
          bytes_.size(), what, count, position_));
    }
    const std::string_view taken = bytes_.substr(position_, count);
    position_ += count;
    return taken;
  }

  template <class T>
  T number(std::string_view what) {
    return gguf_number<T>(take(sizeof(T), what));
  }

  std::string_view string(std::string_view what) {
    const auto length = number<uint64_t>(what);
    return take(length, what);
  }

  /// A key or a tensor's name. What is too long or no text comes from a broken header and would
  /// spoil every message that quotes it.
  std::string name(const std::string& what) {
    const auto length = number<uint64_t>(what);
    if (length > kMaxNameLength) {
      throw InputError(fmt::format("{} is {} bytes long, expected at most {}; the header is wrong",
                                   what, length, kMaxNameLength));
    }
    const std::string_view text = take(length, what);
    const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20; };
    if (text.empty() || !is_valid_utf8(text) || std::any_of(text.begin(), text.end(), is_control)) {
      throw InputError(fmt::format("{} is not text; the header is wrong", what));
    }
    return std::string(text);
  }

  /// A count of things of at least `bytes_each`, so that a lying one cannot ask for more memory
  /// than the file could fill.
  uint64_t count(uint64_t bytes_each, std::string_view what) {
    const auto declared = number<uint64_t>(what);
    if (declared > left() / bytes_each) {
      throw InputError(
          fmt::format("{} is {}, but the {} bytes left in the file cannot hold so many; it is "
                      "truncated or its header is wrong",
                      what, declared, left()));
    }
    return declared;
  }

 private:
  std::string_view bytes_;
  size_t position_ = 0;
};

GgufValueType read_value_type(Cursor& cursor, const std::string& key) {
  const auto id = cursor.number<uint32_t>(fmt::format("the type of key '{}'", key));
  if (id > static_cast<uint32_t>(GgufValueType::kFloat64)) {
    throw InputError(fmt::format("key '{}' has value type {}, expected 0 to 12", key, id));
  }
  return static_cast<GgufValueType>(id);
}

GgufValue read_value(Cursor& cursor, GgufValueType type, const std::string& key, int depth);

GgufValue read_array(Cursor& cursor, const std::string& key, int depth) {
  if (depth == kMaxArrayDepth) {
    throw InputError(fmt::format("key '{}' nests arrays deeper than {}", key, kMaxArrayDepth));
  }
  GgufValue array{GgufValueType::kArray, read_value_type(cursor, key), 0, {}};
  const size_t fixed = gguf_value_bytes(array.element_type);
  const uint64_t least = array.element_type == GgufValueType::kArray ? 12 : 8;  // their own header
  array.count = cursor.count(fixed > 0 ? fixed : least, fmt::format("the length of '{}'", key));
  Cursor start = cursor;
  if (fixed > 0) {
    cursor.take(array.count * fixed, fmt::format("the values of '{}'", key));
  } else {
    for (uint64_t i = 0; i < array.count; ++i) {
      read_value(cursor, array.element_type, key, depth + 1);
    }
  }
  array.bytes = start.take(cursor.position() - start.position(), key);
  return array;
}

GgufValue read_value(Cursor& cursor, GgufValueType type, const std::string& key, int depth) {
  if (type == GgufValueType::kArray) return read_array(cursor, key, depth);
  const std::string what = fmt::format("the value of '{}'", key);
  if (type == GgufValueType::kString) return {type, type, 1, cursor.string(what)};
  return {type, type, 1, cursor.take(gguf_value_bytes(type), what)};
}

struct TensorPlace {
  GgufTensor tensor;
  uint64_t offset;  // from the beginning of the data section
};

std::vector<int64_t> read_shape(Cursor& cursor, const std::string& what) {
  const auto dimensions = cursor.number<uint32_t>(what);
  if (dimensions == 0 || dimensions > kMaxDimensions) {
    throw InputError(
        fmt::format("{} has {} dimensions, expected 1 to {}", what, dimensions, kMaxDimensions));
  }
  std::vector<int64_t> shape(dimensions);
  int64_t elements = 1;
  for (size_t i = dimensions; i-- > 0;) {  // the file has the innermost first
    const auto size = cursor.number<uint64_t>(what);
    const auto limit = static_cast<uint64_t>(std::numeric_limits<int64_t>::max() / elements);
    if (size == 0 || size > limit) {
      throw InputError(fmt::format("{} has a dimension of {}", what, size));
    }
    shape[i] = static_cast<int64_t>(size);
    elements *= shape[i];
  }
  return shape;
}

TensorPlace read_tensor_place(Cursor& cursor, uint64_t index) {
  std::string name = cursor.name(fmt::format("the name of tensor {}", index));
  const std::string what = fmt::format("tensor '{}'", name);
  std::vector<int64_t> shape = read_shape(cursor, what);
  const auto type_id = cursor.number<uint32_t>(what);
  const auto* type = find_gguf_tensor_type(type_id);
  if (type == nullptr) {
    throw InputError(fmt::format("{} is stored as {}, which is not supported; supported: {}", what,
                                 gguf_tensor_type_name(type_id), readable_gguf_tensor_types()));
  }
  if (shape.back() % type->block_size != 0) {
    throw InputError(
        fmt::format("{} has rows of {} numbers, expected a multiple of the {} of a {} "
                    "block",
                    what, shape.back(), type->block_size, type->name));
  }
  const auto offset = cursor.number<uint64_t>(what);
  return {{std::move(name), type, std::move(shape), {}}, offset};
}

uint64_t alignment_of(const std::map<std::string, GgufValue>& values) {
  const auto found = values.find("general.alignment");
  if (found == values.end()) return kDefaultAlignment;
  const GgufValue& value = found->second;
  const bool is_uint32 = value.type == GgufValueType::kUint32;
  const uint64_t alignment = is_uint32 ? gguf_number<uint32_t>(value.bytes) : 0;
  if (!std::has_single_bit(alignment)) {
    throw InputError("key 'general.alignment' is not a power of two of type uint32");
  }
  return alignment;
}

/// The tensor's bytes, when they lie inside the data section.
std::string_view tensor_data(const TensorPlace& place, std::string_view data, uint64_t alignment) {
  const GgufTensor& tensor = place.tensor;
  const auto blocks = static_cast<uint64_t>(tensor.elements() / tensor.type->block_size);
  const auto block_bytes = static_cast<uint64_t>(tensor.type->block_bytes);
  if (place.offset % alignment != 0) {
    throw InputError(fmt::format("tensor '{}' begins at offset {}, expected a multiple of {}",
                                 tensor.name, place.offset, alignment));
  }
  if (place.offset > data.size() || blocks > (data.size() - place.offset) / block_bytes) {
    throw InputError(fmt::format(
        "tensor '{}' ({} [{}]) lies outside the file: {} blocks of {} bytes from offset {} on, but "
        "the file has {} bytes of tensor data; it is truncated or its header is wrong",
        tensor.name, tensor.type->name, fmt::join(tensor.shape, ", "), blocks, block_bytes,
        place.offset, data.size()));
  }
  return data.substr(place.offset, blocks * block_bytes);
}

void check_magic_and_version(Cursor& cursor, std::string_view bytes) {
  if (bytes.substr(0, 4) != "GGUF") {
    throw InputError(
        fmt::format("not a GGUF file: it begins with {:?}, expected \"GGUF\"", bytes.substr(0, 4)));
  }
  cursor.take(4, "the magic");
  const auto version = cursor.number<uint32_t>("the version");
  if (version == 2 || version == 3) return;
  const bool swapped = (version & 0xFFFF) == 0 && version != 0;
  throw InputError(fmt::format("GGUF version {}{}; supported: 2 and 3", version,
                               swapped ? " (a big-endian file)" : ""));
}

}  // namespace

GgufHeader read_gguf_header(std::string_view bytes) {
  Cursor cursor(bytes);
  check_magic_and_version(cursor, bytes);
  // Least sizes: a name's length, dimension count, one dimension, type and offset; a key's length,
  // type and one byte.
  const uint64_t tensor_count = cursor.count(8 + 4 + 8 + 4 + 8, "the number of tensors");
  const uint64_t value_count = cursor.count(8 + 4 + 1, "the number of metadata keys");

  GgufHeader header;
  for (uint64_t i = 0; i < value_count; ++i) {
    const std::string key = cursor.name(fmt::format("metadata key {}", i));
    const GgufValueType type = read_value_type(cursor, key);
    if (!header.values.emplace(key, read_value(cursor, type, key, 0)).second) {
      throw InputError(fmt::format("key '{}' stands twice", key));
    }
  }
  std::vector<TensorPlace> places;
  for (uint64_t i = 0; i < tensor_count; ++i) places.push_back(read_tensor_place(cursor, i));

  const uint64_t alignment = alignment_of(header.values);
  const uint64_t padding = (alignment - cursor.position() % alignment) % alignment;
  if (places.empty()) return header;  // a vocabulary alone may end without padding
  cursor.take(padding, "the padding before the tensor data");
  const std::string_view data = cursor.take(cursor.left(), "the tensor data");
  for (TensorPlace& place : places) {
    place.tensor.data = tensor_data(place, data, alignment);
    const std::string name = place.tensor.name;
    if (!header.tensors.emplace(name, std::move(place.tensor)).second) {
      throw InputError(fmt::format("tensor '{}' stands twice", name));
    }
  }
  return header;
}

}  // namespace skipbench
