#include "harness/page/page_template.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "kernels/base/error.h"

namespace skipbench {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

constexpr std::array<EmbeddedText, 3> kFolder{
    {{"page", "<title>@TITLE@</title><style>@STYLE@</style><script>@DATA@</script>@SCRIPT@ end"},
     {"style", ".own {}"},
     {"own", "own();"}}};

std::string page(std::string_view title, std::string_view json) {
  return fill_page({kFolder, {"style"}, {"own"}}, title, json);
}

TEST(PageTemplate, PutsTheSharedPartsBeforeThePagesOwn) {
  const std::string text = page("a title", "{}");
  EXPECT_THAT(text, StartsWith("<title>a title</title><style>"));
  EXPECT_THAT(text, HasSubstr(".own {}</style>"));
  EXPECT_THAT(text, EndsWith("own(); end"));
  EXPECT_LT(text.find("prefers-color-scheme: dark"), text.find(".own {}"));
  EXPECT_LT(text.find("JSON.parse"), text.find("own();"));
}

TEST(PageTemplate, WhatIsFilledInIsNeitherMarkupNorAMark) {
  const std::string text = page("a & b </title> @DATA@", R"({"x": "</script>@SCRIPT@"})");
  EXPECT_THAT(text, HasSubstr("<title>a &amp; b &lt;/title> @DATA@</title>"));
  EXPECT_THAT(text, HasSubstr(R"({"x": "\u003c/script>@SCRIPT@"}</script>)"));
}

TEST(PageTemplate, AMissingPartIsAFaultOfTheCode) {
  EXPECT_THROW(fill_page({kFolder, {"style"}, {"absent"}}, "", "{}"), ContractError);
  constexpr std::array<EmbeddedText, 1> kWithoutMarks{{{"page", "<title>@TITLE@</title>"}}};
  EXPECT_THROW(fill_page({kWithoutMarks, {}, {}}, "", "{}"), ContractError);
}

}  // namespace
}  // namespace skipbench
