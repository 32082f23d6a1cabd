#include "harness/trace/trace_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/checkpoint/checkpoint.h"
#include "harness/trace/trace.h"
#include "kernels/base/error.h"
#include "tests/harness/run/support/tiny_run.h"

namespace skipbench {
namespace {

using testing::HasSubstr;
using testing::Not;

Json traced(const TinyRun& tiny, const std::string& prompt) {
  TraceRequest request;
  request.model = {tiny.model(), "cpu", "fp32"};
  request.method.method = "spts+snapkv";
  request.method.overrides = Json::parse(R"({"full_layers": 1, "stage_ends": [1],
      "budgets": [0.5], "ltp": false, "then": {"keep": 9, "window": 4}})");
  request.prompt_text = prompt;
  request.max_new_tokens = 2;
  return trace_prompt(request);
}

std::string page_of(const TinyRun& tiny, const Json& trace, std::vector<std::string> highlights) {
  const Checkpoint text_side = load_text_side(tiny.model());
  return trace_page(trace, {"tiny", text_side.tokenizer.get(), std::move(highlights)});
}

// What the page's own script reads.
Json data_of(const std::string& page) {
  const std::string begin = R"(<script type="application/json" id="data">)";
  const size_t at = page.find(begin) + begin.size();
  return Json::parse(page.substr(at, page.find("</script>", at) - at));
}

TEST(TracePage, HoldsTheTraceWholeAndTheTextOfEachToken) {
  const TinyRun tiny;
  const Json trace = traced(tiny, "The needle is 4711, the rest is hay and more hay.");
  const Json data = data_of(page_of(tiny, trace, {}));
  EXPECT_EQ(data.at("trace"), trace);
  EXPECT_EQ(data.at("texts").size(), trace.at("prompt_tokens").size());
  std::string text;
  for (const Json& token : data.at("texts")) text += token.get<std::string>();
  EXPECT_THAT(text, HasSubstr("The needle is 4711, the rest"));
  EXPECT_EQ(data.at("highlight"), Json::array());
}

TEST(TracePage, ShowsWhichTokensLiveOnAndWhichRowsEachHeadKeeps) {
  const TinyRun tiny;
  const Json trace = traced(tiny, "The needle is 4711, the rest is hay and more hay.");
  const Json& last = trace.at("layers").back();
  EXPECT_EQ(last.at("alive").at("kept"), last.at("alive_after"));
  EXPECT_EQ(last.at("alive").at("indices").size(), last.at("alive_after").get<size_t>());
  EXPECT_EQ(last.at("kv").at("heads").at(0).size(), 9u);
}

TEST(TracePage, MarksTheTokensOfAHighlightWhereverItStands) {
  const TinyRun tiny;
  const Json trace = traced(tiny, "hay 4711 hay 4711 hay");
  const Json data = data_of(page_of(tiny, trace, {"4711"}));
  ASSERT_EQ(data.at("highlight").size(), 2u);
  for (const Json& range : data.at("highlight")) {
    std::string text;
    for (int64_t i = range.at(0); i < range.at(1); ++i) {
      text += data.at("texts").at(i).get<std::string>();
    }
    EXPECT_THAT(text, HasSubstr("4711"));
    EXPECT_LE(text.size(), 6u);
  }
}

TEST(TracePage, AHighlightThatIsNotThereIsAnError) {
  const TinyRun tiny;
  const Json trace = traced(tiny, "hay hay hay hay hay hay");
  EXPECT_THROW(page_of(tiny, trace, {"needle"}), InputError);
  EXPECT_THROW(page_of(tiny, trace, {""}), InputError);
}

TEST(TracePage, NeedsNothingButItself) {
  const TinyRun tiny;
  const std::string page = page_of(tiny, traced(tiny, "a short prompt of some words"), {});
  for (const char* outside : {"http:", "https:", "src=", "@import", "url(", "fetch(", "//cdn"}) {
    EXPECT_THAT(page, Not(HasSubstr(outside)));
  }
  EXPECT_THAT(page, HasSubstr("prefers-color-scheme: dark"));
  EXPECT_THAT(page, HasSubstr("<title>spts+snapkv on tiny</title>"));
}

TEST(TracePage, TextCannotEndTheScriptOrTheTitle) {
  const TinyRun tiny;
  const std::string evil = "</script><script>alert(1)</script> & <b>bold</b> @DATA@ @TITLE@";
  const Json trace = traced(tiny, evil);
  const Checkpoint text_side = load_text_side(tiny.model());
  const std::string page = trace_page(trace, {"</title><i>", text_side.tokenizer.get(), {}});
  EXPECT_THAT(page, Not(HasSubstr("alert(1)</script>")));
  EXPECT_THAT(page, Not(HasSubstr("<i>")));
  EXPECT_EQ(data_of(page).at("trace"), trace);
  std::string text;
  const Json data = data_of(page);
  for (const Json& token : data.at("texts")) text += token.get<std::string>();
  EXPECT_THAT(text, HasSubstr(evil));
}

}  // namespace
}  // namespace skipbench
