#include "harness/base/json_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "harness/base/json_fields.h"
#include "kernels/base/error.h"

namespace skipbench {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

std::filesystem::path written(const std::string& text) {
  const auto file = std::filesystem::path(testing::TempDir()) / "some.json";
  std::ofstream(file, std::ios::binary) << text;
  return file;
}

void expect_refused(const std::string& text, const std::string& message) {
  const auto file = written(text);
  EXPECT_THAT([&] { read_json_file(file, 100'000'000); },
              ThrowsMessage<InputError>(AllOf(HasSubstr("some.json:"), HasSubstr(message))));
}

TEST(JsonFile, IsReadWhole) {
  EXPECT_EQ(read_json_file(written(R"({"a": [1, 2]})"), 100)["a"][1], 2);
}

TEST(JsonFile, RefusesWhatWouldAllocateWithoutEnd) {
  expect_refused(std::string(50'000'000, '['), "nests deeper than 32 levels");
  std::string wide = "[";
  for (int i = 0; i < 17'000'000; ++i) wide += "0,";
  expect_refused(wide + "0]", "more than 16000000 values");
  EXPECT_THAT([] { read_json_file(written("[1, 2, 3]"), 5); },
              ThrowsMessage<InputError>(HasSubstr("9 bytes long, expected at most 5")));
}

TEST(JsonFile, SaysWhereItIsNoJson) {
  expect_refused("{\"a\": }", "not JSON: ");
  expect_refused("", "not JSON: ");
  expect_refused("1e999", "not JSON: ");
  expect_refused("\"\xFF\"", "not JSON: ");
}

TEST(JsonFields, CheckTypesAndCountNullAsAbsent) {
  const JsonFields fields(Json{{"whole", 7},
                               {"none", nullptr},
                               {"text", "t"},
                               {"list", {1, 2}},
                               {"inner", {{"flag", true}}}},
                          "f.json");
  EXPECT_EQ(fields.integer("whole"), 7);
  EXPECT_EQ(fields.number("whole"), 7.0);
  EXPECT_EQ(fields.find_text("none"), std::nullopt);
  EXPECT_TRUE(fields.contains("none"));
  EXPECT_THAT(fields.integers("list"), ElementsAre(1, 2));
  EXPECT_THAT(fields.integers("whole"), ElementsAre(7));
  EXPECT_EQ(fields.find_object("inner")->find_flag("flag"), true);
  EXPECT_THAT([&] { fields.integer("text"); },
              ThrowsMessage<InputError>(HasSubstr("f.json: 'text' is \"t\", expected an integer")));
  EXPECT_THAT([&] { fields.find_object("inner")->text("flag"); },
              ThrowsMessage<InputError>(HasSubstr("f.json: inner: 'flag' is true")));
  EXPECT_THAT([&] { fields.text("absent"); },
              ThrowsMessage<InputError>(HasSubstr("key 'absent' is missing")));
  EXPECT_THAT([] { JsonFields(Json::array(), "f.json"); },
              ThrowsMessage<InputError>(HasSubstr("it is array, expected an object")));
}

}  // namespace
}  // namespace skipbench
