#include "harness/checkpoint/hf/safetensors_header.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "kernels/base/error.h"
#include "tests/harness/checkpoint/support/safetensors_writer.h"

namespace skipbench {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

SafetensorsWriter small_safetensors() {
  SafetensorsWriter writer;
  writer.header["__metadata__"] = {{"format", "pt"}};
  writer.add_floats("matrix", {2, 3}, {1, 2, 3, 4, 5, 6});
  writer.add("half", "BF16", {4}, std::string(8, '\x3C'));
  writer.add("scalar", "I64", {}, std::string(8, '\0'));
  writer.add("empty", "F16", {0, 7}, "");
  return writer;
}

std::string safetensors_header_error(const std::string& file) {
  try {
    read_safetensors_header(file);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

std::string error_of_header(const std::string& header, const std::string& data = "") {
  return safetensors_header_error(SafetensorsWriter::file_of(header, data));
}

TEST(SafetensorsHeader, SaysWhereEveryTensorLies) {
  const std::string file = small_safetensors().bytes();
  const SafetensorsTensors tensors = read_safetensors_header(file);
  ASSERT_EQ(tensors.size(), 4u);
  const SafetensorsTensor& matrix = tensors.at("matrix");
  EXPECT_EQ(matrix.dtype, "F32");
  EXPECT_THAT(matrix.shape, ElementsAre(2, 3));
  EXPECT_EQ(matrix.end, matrix.begin + 24);
  EXPECT_EQ(tensors.at("half").begin, matrix.end);
  EXPECT_EQ(file.substr(tensors.at("half").begin, 8), std::string(8, '\x3C'));
  EXPECT_EQ(tensors.at("scalar").end, file.size());
  EXPECT_EQ(tensors.at("empty").bytes(), 0u);
}

TEST(SafetensorsHeader, RefusesEveryTruncation) {
  const std::string file = small_safetensors().bytes();
  ASSERT_EQ(safetensors_header_error(file), "");
  for (size_t size = 0; size < file.size(); ++size) {
    EXPECT_NE(safetensors_header_error(file.substr(0, size)), "")
        << "of " << file.size() << ", cut at " << size;
  }
  EXPECT_THAT(safetensors_header_error(file.substr(0, file.size() - 1)),
              HasSubstr("lies outside the file"));
  EXPECT_THAT(safetensors_header_error(file.substr(0, 40)),
              HasSubstr("the file is truncated: 32 bytes of a header"));
  EXPECT_THAT(safetensors_header_error("abc"), HasSubstr("only 3 bytes long"));
}

TEST(SafetensorsHeader, RefusesHeadersOfAbsurdLengthWithoutAllocating) {
  std::string file = small_safetensors().bytes();
  for (size_t i = 0; i < 8; ++i) file[i] = '\xFF';
  EXPECT_THAT(safetensors_header_error(file),
              HasSubstr("its header would be 18446744073709551615 bytes long"));
  EXPECT_THAT(safetensors_header_error("PK\x03\x04 a renamed archive"),
              HasSubstr("no safetensors file"));
}

TEST(SafetensorsHeader, RefusesWhatTheFormatDoesNotHaveWhereItBegins) {
  EXPECT_THAT(error_of_header(std::string(50'000'000, '[')), HasSubstr("has a list where none"));
  EXPECT_THAT(error_of_header("[]"), HasSubstr("has a list where none"));
  EXPECT_THAT(error_of_header("7"), HasSubstr("has number 7 where none"));
  EXPECT_THAT(error_of_header(R"({"t": 1})"),
              HasSubstr("has number 1 where none is expected (in 't')"));
  EXPECT_THAT(error_of_header(R"({"t": {"shape": {"a": )" + std::string(100'000, '{')),
              HasSubstr("has an object where none"));
  EXPECT_THAT(error_of_header(R"({"t": {"shape": [[)"), HasSubstr("has a list where none"));
  EXPECT_THAT(error_of_header(R"({"t": {"shape": [-1]}})"), HasSubstr("has number -1"));
  EXPECT_THAT(error_of_header(R"({"t": {"shape": [1.5]}})"), HasSubstr("has number 1.5"));
  EXPECT_THAT(error_of_header(R"({"t": {"shape": [1,1,1,1,1,1,1,1,1]}})"),
              HasSubstr("has number 1"));
  EXPECT_THAT(error_of_header(R"({"t": {"data_offsets": [0, 1, 2]}})"), HasSubstr("has number 2"));
  EXPECT_THAT(error_of_header(R"({"t": {"dtype": null}})"), HasSubstr("has null"));
  EXPECT_THAT(error_of_header(R"({"t": {"dtype": "F32"}})"),
              HasSubstr("tensor 't' lacks its dtype, shape or data_offsets"));
  EXPECT_THAT(error_of_header(R"({"__metadata__": {"a": 1}})"), HasSubstr("has number 1"));
  EXPECT_THAT(error_of_header("{\"t\": "), HasSubstr("not valid JSON"));
  EXPECT_THAT(error_of_header("{\"a\\u001b\": {}}"), HasSubstr("name is not text"));
}

std::string error_with(const std::string& dtype, const std::string& shape,
                       const std::string& offsets) {
  return error_of_header("{\"t\": {\"dtype\": \"" + dtype + "\", \"shape\": " + shape +
                             ", \"data_offsets\": " + offsets + "}}",
                         std::string(16, '\0'));
}

TEST(SafetensorsHeader, RefusesTensorsThatCannotBe) {
  EXPECT_EQ(error_with("F32", "[4]", "[0, 16]"), "");
  EXPECT_THAT(error_with("F33", "[4]", "[0, 16]"), HasSubstr("unknown dtype 'F33'"));
  EXPECT_THAT(
      error_with("F32", "[5]", "[0, 20]"),
      HasSubstr("tensor 't' (F32 [5], bytes 0 to 20) lies outside the file, which holds 16"));
  EXPECT_THAT(error_with("F32", "[4]", "[16, 0]"), HasSubstr("lies outside the file"));
  EXPECT_THAT(error_with("F32", "[4]", "[18446744073709551600, 16]"), HasSubstr("lies outside"));
  EXPECT_THAT(error_with("F32", "[3]", "[0, 16]"), HasSubstr("size that its shape asks for"));
  EXPECT_THAT(error_with("F32", "[4294967296, 4294967296, 4]", "[0, 16]"),
              HasSubstr("size that its shape asks for"));
  EXPECT_THAT(error_with("F32", "[0, 9223372036854775807]", "[0, 16]"),
              HasSubstr("size that its shape asks for"));
  EXPECT_THAT(error_with("F32", "[2]", "[8, 16]"), HasSubstr("they leave a hole"));
  EXPECT_THAT(error_with("F32", "[2]", "[0, 8]"), HasSubstr("8 bytes follow the last tensor"));
}

TEST(SafetensorsHeader, RefusesTensorsThatOverlapOrStandTwice) {
  SafetensorsWriter writer = small_safetensors();
  writer.header["half"]["data_offsets"] = {20, 28};
  EXPECT_THAT(
      safetensors_header_error(writer.bytes()),
      HasSubstr("tensor 'half' begins at byte 20 of the tensors, but 'matrix' ends at 24: they "
                "overlap"));
  EXPECT_THAT(error_of_header(R"({"t": {"dtype": "U8", "shape": [1], "data_offsets": [0, 1]},
                                  "t": {"dtype": "U8", "shape": [1], "data_offsets": [1, 2]}})",
                              "ab"),
              HasSubstr("tensor 't' stands twice"));
}

TEST(SafetensorsHeader, NeverCrashesOnDamagedFiles) {
  const std::string file = small_safetensors().bytes();
  std::mt19937 random(5);
  int refused = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string damaged = file;
    for (int flips = 1 + static_cast<int>(random() % 3); flips > 0; --flips) {
      damaged[random() % damaged.size()] = static_cast<char>(random() % 256);
    }
    refused += !safetensors_header_error(damaged).empty();
  }
  EXPECT_GT(refused, 10'000);
}

}  // namespace
}  // namespace skipbench
