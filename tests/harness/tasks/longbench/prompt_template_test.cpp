#include "harness/tasks/longbench/prompt_template.h"

#include <gmock/gmock.h>

#include "kernels/base/error.h"

namespace skipbench {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

std::string format(std::string_view text) {
  return format_prompt(text, [](const std::string& name) { return "<" + name + ">"; });
}

TEST(PromptTemplate, PutsFieldsInAsPythonsFormat) {
  EXPECT_EQ(format("a {context}\n{input}b"), "a <context>\n<input>b");
  EXPECT_EQ(format("{{x}} {input}"), "{x} <input>");
  EXPECT_EQ(format("{{{input}}}"), "{<input>}");
  EXPECT_EQ(format(""), "");
}

TEST(PromptTemplate, LeavesBracesInsideOfValuesAlone) {
  EXPECT_EQ(format_prompt("{code}", [](const std::string&) { return "{}{{x}}{"; }), "{}{{x}}{");
}

TEST(PromptTemplate, RefusesWhatItWouldFormatOtherwise) {
  for (const char* text : {"{", "a}", "{a", "}{a}"}) {
    EXPECT_THAT([&] { format(text); }, ThrowsMessage<InputError>(HasSubstr("has no partner")))
        << text;
  }
  for (const char* text : {"{}", "{0}", "{a!r}", "{a:>8}", "{a.b}", "{ a}"}) {
    EXPECT_THAT([&] { format(text); },
                ThrowsMessage<InputError>(HasSubstr("expected a name like {context}")))
        << text;
  }
}

}  // namespace
}  // namespace skipbench
