#include "harness/checkpoint/gguf/gguf_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <random>

#include "harness/checkpoint/gguf/gguf_header.h"
#include "kernels/base/error.h"
#include "tests/harness/checkpoint/support/gguf_writer.h"

namespace skipbench {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

/// Every value type, one plain and one quantised tensor.
GgufWriter small_gguf() {
  GgufWriter writer;
  writer.add("u8", GgufValueType::kUint8, gguf_bytes<uint8_t>(200));
  writer.add("i8", GgufValueType::kInt8, gguf_bytes<int8_t>(-100));
  writer.add("u16", GgufValueType::kUint16, gguf_bytes<uint16_t>(65535));
  writer.add("i16", GgufValueType::kInt16, gguf_bytes<int16_t>(-32768));
  writer.add_uint32("u32", 4294967295u);
  writer.add("i32", GgufValueType::kInt32, gguf_bytes<int32_t>(-5));
  writer.add("u64", GgufValueType::kUint64, gguf_bytes<uint64_t>(1ull << 40));
  writer.add("i64", GgufValueType::kInt64, gguf_bytes<int64_t>(-(1ll << 40)));
  writer.add_float32("f32", 0.5f);
  writer.add("f64", GgufValueType::kFloat64, gguf_bytes(0.1));
  writer.add_bool("bool", true);
  writer.add_text("text", "value");
  writer.add_texts("texts", {"a", "", "ccc"});
  writer.add_int32s("integers", {1, -2, 3});
  std::string nested = gguf_bytes(static_cast<uint32_t>(GgufValueType::kArray));
  nested += gguf_bytes<uint64_t>(1);
  nested += gguf_bytes(static_cast<uint32_t>(GgufValueType::kString)) + gguf_bytes<uint64_t>(1);
  writer.add("nested", GgufValueType::kArray, nested + gguf_string("inner"));
  writer.add_tensor("plain", {2, 3}, {1, 2, 3, 4, 5, 6});
  writer.tensors.push_back({"quantised", 8, {1, 64}, std::string(68, '\x11')});
  return writer;
}

TEST(GgufFile, ReadsEveryTypeOfValue) {
  const GgufFile file(small_gguf().write("values.gguf"));
  EXPECT_EQ(file.integer("u8"), 200);
  EXPECT_EQ(file.integer("i8"), -100);
  EXPECT_EQ(file.integer("u16"), 65535);
  EXPECT_EQ(file.integer("i16"), -32768);
  EXPECT_EQ(file.integer("u32"), 4294967295);
  EXPECT_EQ(file.integer("i32"), -5);
  EXPECT_EQ(file.integer("u64"), 1ll << 40);
  EXPECT_EQ(file.integer("i64"), -(1ll << 40));
  EXPECT_EQ(file.number("f32"), 0.5);
  EXPECT_EQ(file.number("f64"), 0.1);
  EXPECT_EQ(file.find_flag("bool"), true);
  EXPECT_EQ(file.text("text"), "value");
  EXPECT_THAT(file.texts("texts"), ElementsAre("a", "", "ccc"));
  EXPECT_THAT(file.integers("integers"), ElementsAre(1, -2, 3));
  EXPECT_TRUE(file.has("nested"));
  EXPECT_EQ(file.find_integer("absent"), std::nullopt);
}

TEST(GgufFile, ShowsTensorsOutermostDimensionFirst) {
  const GgufFile file(small_gguf().write("tensors.gguf"));
  const GgufTensor& plain = file.tensor("plain", {2, 3});
  EXPECT_EQ(gguf_number<float>(plain.data.substr(3 * sizeof(float))), 4.0f);
  const GgufTensor& quantised = file.tensor("quantised", {1, 64});
  EXPECT_EQ(quantised.type->name, "Q8_0");
  EXPECT_EQ(quantised.data.size(), 68u);
}

TEST(GgufFile, ReadsVersion2) {
  GgufWriter writer = small_gguf();
  writer.version = 2;
  EXPECT_EQ(GgufFile(writer.write("version2.gguf")).text("text"), "value");
}

TEST(GgufFile, SaysWhichKeyHasWhichWrongType) {
  const GgufFile file(small_gguf().write("types.gguf"));
  EXPECT_THAT(
      [&] { file.integer("text"); },
      ThrowsMessage<InputError>(AllOf(HasSubstr("types.gguf"),
                                      HasSubstr("'text' is of type string, expected an integer"))));
  EXPECT_THAT([&] { file.text("u8"); }, ThrowsMessage<InputError>(HasSubstr("expected a string")));
  EXPECT_THAT([&] { file.texts("integers"); },
              ThrowsMessage<InputError>(HasSubstr("array of strings")));
  EXPECT_THAT([&] { file.integers("texts"); },
              ThrowsMessage<InputError>(HasSubstr("array of integers")));
  EXPECT_THAT([&] { file.integers("u8"); },
              ThrowsMessage<InputError>(HasSubstr("array of integers")));
  EXPECT_THAT([&] { file.number("absent"); },
              ThrowsMessage<InputError>(HasSubstr("no key 'absent'")));
  EXPECT_THAT([&] { file.find_flag("u8"); },
              ThrowsMessage<InputError>(HasSubstr("expected a bool")));
}

TEST(GgufFile, SaysWhichTensorIsMissingOrOfAnotherShape) {
  const GgufFile file(small_gguf().write("shapes.gguf"));
  EXPECT_THAT(
      [&] {
        file.tensor("plane", {2, 3});
      },
      ThrowsMessage<InputError>(HasSubstr("tensor 'plane' is missing")));
  EXPECT_THAT(
      [&] {
        file.tensor("plain", {3, 2});
      },
      ThrowsMessage<InputError>(HasSubstr("'plain' has shape [2, 3], expected [3, 2]")));
}

std::string gguf_header_error(const std::string& bytes) {
  try {
    read_gguf_header(bytes);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

TEST(GgufFile, RefusesEveryTruncation) {
  const std::string bytes = small_gguf().bytes();
  ASSERT_EQ(gguf_header_error(bytes), "");
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_NE(gguf_header_error(bytes.substr(0, size)), "")
        << "of " << bytes.size() << ", cut at " << size;
  }
  EXPECT_THAT(gguf_header_error(bytes.substr(0, bytes.size() - 1)),
              HasSubstr("tensor 'quantised' (Q8_0 [1, 64]) lies outside"));
  EXPECT_THAT(gguf_header_error(bytes.substr(0, 30)), HasSubstr("truncated"));
}

TEST(GgufFile, NamesTheTruncatedFile) {
  const std::string path = small_gguf().write("truncated.gguf");
  std::filesystem::resize_file(path, 100);
  EXPECT_THAT([&] { GgufFile file(path); },
              ThrowsMessage<InputError>(
                  AllOf(HasSubstr("truncated.gguf: "), HasSubstr("it is truncated"))));
}

TEST(GgufFile, RefusesWhatIsNoGguf) {
  EXPECT_THAT(gguf_header_error(""), HasSubstr("not a GGUF file"));
  EXPECT_THAT(gguf_header_error("PK\x03\x04 a renamed archive"),
              HasSubstr(R"(begins with "PK\x03\x04")"));
  GgufWriter writer = small_gguf();
  writer.version = 1;
  EXPECT_THAT(gguf_header_error(writer.bytes()), HasSubstr("version 1; supported: 2 and 3"));
  writer.version = 0x03000000;
  EXPECT_THAT(gguf_header_error(writer.bytes()), HasSubstr("big-endian"));
}

TEST(GgufFile, RefusesCountsThatTheFileCannotHoldWithoutAllocatingForThem) {
  GgufWriter writer = small_gguf();
  writer.tensor_count_lie = int64_t{1} << 60;
  EXPECT_THAT(gguf_header_error(writer.bytes()), HasSubstr("the number of tensors is"));
  writer.tensor_count_lie = 0;
  writer.key_count_lie = int64_t{1} << 60;
  EXPECT_THAT(gguf_header_error(writer.bytes()), HasSubstr("the number of metadata keys is"));
  writer.key_count_lie = 1;  // a tensor's entry read as a key
  EXPECT_NE(gguf_header_error(writer.bytes()), "");
}

TEST(GgufFile, RefusesArraysThatClaimMoreThanTheFileHolds) {
  for (auto type : {GgufValueType::kInt32, GgufValueType::kString, GgufValueType::kArray,
                    GgufValueType::kFloat64}) {
    GgufWriter writer;
    writer.add("list", GgufValueType::kArray,
               gguf_bytes(static_cast<uint32_t>(type)) + gguf_bytes<uint64_t>(~0ull / 2));
    EXPECT_THAT(gguf_header_error(writer.bytes()), HasSubstr("the length of 'list' is"));
  }
}

TEST(GgufFile, RefusesArraysNestedWithoutEnd) {
  std::string value;
  for (int depth = 0; depth < 100'000; ++depth) {
    value += gguf_bytes(static_cast<uint32_t>(GgufValueType::kArray)) + gguf_bytes<uint64_t>(1);
  }
  GgufWriter writer;
  writer.add("deep", GgufValueType::kArray, value);
  EXPECT_THAT(gguf_header_error(writer.bytes()), HasSubstr("nests arrays deeper"));
}

std::string error_with_tensor(const GgufWriter::Tensor& tensor) {
  GgufWriter writer = small_gguf();
  writer.tensors.push_back(tensor);
  return gguf_header_error(writer.bytes());
}

TEST(GgufFile, RefusesTensorsThatCannotBe) {
  const std::string data(64, '\0');
  EXPECT_THAT(
      error_with_tensor({"t", 10, {1, 256}, data}),
      HasSubstr("tensor 't' is stored as Q2_K, which is not supported; supported: F32, F16"));
  EXPECT_THAT(error_with_tensor({"t", 99, {4}, data}), HasSubstr("stored as type 99"));
  EXPECT_THAT(error_with_tensor({"t", 8, {2, 33}, data}),
              HasSubstr("multiple of the 32 of a Q8_0 block"));
  EXPECT_THAT(error_with_tensor({"t", 0, {}, data}), HasSubstr("0 dimensions"));
  EXPECT_THAT(error_with_tensor({"t", 0, {1, 1, 1, 1, 1}, data}), HasSubstr("5 dimensions"));
  EXPECT_THAT(error_with_tensor({"t", 0, {4, 0}, data}), HasSubstr("a dimension of 0"));
  EXPECT_THAT(error_with_tensor({"t", 0, {1ull << 40, 1ull << 40}, data}),
              HasSubstr("a dimension of"));
  EXPECT_THAT(error_with_tensor({"t", 0, {1ull << 31, 1ull << 31}, data}),
              HasSubstr("lies outside the file"));
  EXPECT_THAT(error_with_tensor({"t", 0, {16}, data, 1}), HasSubstr("expected a multiple of 32"));
  EXPECT_THAT(error_with_tensor({"t", 0, {16}, data, 1ull << 62}),
              HasSubstr("lies outside the file"));
  EXPECT_THAT(error_with_tensor({"plain", 0, {16}, data}),
              HasSubstr("tensor 'plain' stands twice"));
  EXPECT_THAT(error_with_tensor({"a\nb", 0, {16}, data}), HasSubstr("is not text"));
}

TEST(GgufFile, RefusesKeysThatCannotBe) {
  GgufWriter twice = small_gguf();
  twice.add_uint32("u8", 1);
  EXPECT_THAT(gguf_header_error(twice.bytes()), HasSubstr("key 'u8' stands twice"));
  GgufWriter unknown;
  unknown.add("k", static_cast<GgufValueType>(13), "");
  EXPECT_THAT(gguf_header_error(unknown.bytes()), HasSubstr("'k' has value type 13"));
  GgufWriter aligned = small_gguf();
  aligned.add_uint32("general.alignment", 48);
  EXPECT_THAT(gguf_header_error(aligned.bytes()), HasSubstr("power of two"));
  GgufWriter long_key;
  long_key.add_uint32(std::string(70'000, 'k'), 1);
  EXPECT_THAT(gguf_header_error(long_key.bytes()), HasSubstr("70000 bytes long"));
}

TEST(GgufFile, NeverCrashesOnDamagedHeaders) {
  const std::string bytes = small_gguf().bytes();
  std::mt19937 random(3);
  int refused = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string damaged = bytes;
    for (int flips = 1 + static_cast<int>(random() % 3); flips > 0; --flips) {
      damaged[random() % damaged.size()] = static_cast<char>(random() % 256);
    }
    refused += !gguf_header_error(damaged).empty();
  }
  EXPECT_GT(refused, 5'000);
}

}  // namespace
}  // namespace skipbench
