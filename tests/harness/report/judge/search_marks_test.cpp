#include "harness/report/judge/search_marks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/report/report.h"
#include "harness/search/record.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/stored_rows.h"

namespace skipbench {
namespace {

using testing::HasSubstr;
using testing::Not;

SearchRecord record(const std::string& model) {
  SearchRecord record;
  record.model = model;
  record.search = "spts";
  record.parameter = "budgets";
  record.goal = parse_target("kl <= 0.2");
  record.labels = {"spts budgets x 2", "spts budgets x 0.5"};
  record.probes = {{.factor = 2, .value = 0.1}, {.factor = 0.5, .value = 0.125}};
  record.conclusion = {Verdict::kHoldsAtEnd, 1};
  return record;
}

// A database whose run kept a search among two of its labels.
std::string report_of(const std::string& model, const std::string& format) {
  const ScratchFolder folder;
  const std::filesystem::path file = folder / "demo.db";
  Store store(file);
  RunInfo info = example_run();
  info.config_json = Json{{"searches", Json::array({search_json(record(model))})}}.dump();
  const int64_t run = store.begin_run(info);
  std::vector<PlannedCell> cells;
  for (const char* label : {"full", "spts budgets x 2", "spts budgets x 0.5", "spts fixed"}) {
    cells.push_back(example_cell(label, static_cast<int64_t>(cells.size())));
  }
  store.plan_cells(cells);
  for (int sample = 0; sample < 4; ++sample) {
    std::vector<SampleRow> rows;
    for (const PlannedCell& cell : cells) rows.push_back(example_row(cell, std::to_string(sample)));
    store.write(run, rows);
  }
  store.summarise("demo");
  store.end_run(run, "done");
  ReportOptions options;
  options.format = format;
  return render_report(file, options);
}

TEST(SearchMarks, StandBehindTheChoiceInEveryFormat) {
  const std::string text = report_of("smollm2-135m", "text");
  EXPECT_THAT(text, HasSubstr("spts budgets x 0.5 ◆"));
  EXPECT_THAT(text, Not(HasSubstr("spts budgets x 2 ◆")));
  EXPECT_THAT(text, HasSubstr("◆ chosen by a search."));
  EXPECT_THAT(text, HasSubstr("search 'spts' on smollm2-135m, kl <= 0.2: chosen"));
  EXPECT_THAT(report_of("smollm2-135m", "md"), HasSubstr("spts budgets x 0.5 ◆"));
  EXPECT_THAT(report_of("smollm2-135m", "latex"), HasSubstr("spts budgets x 0.5 $\\diamond$"));
  EXPECT_THAT(report_of("smollm2-135m", "csv"), HasSubstr(",chosen,"));
}

TEST(SearchMarks, TellInJsonWhatWasTriedAndWhatWasNot) {
  const Json json = Json::parse(report_of("smollm2-135m", "json"));
  std::map<std::string, Json> marks;
  for (const Json& cell : json["experiments"][0]["models"][0]["cells"]) {
    marks[cell["label"]] = cell["search"];
  }
  EXPECT_EQ(marks["full"], nullptr);
  EXPECT_EQ(marks["spts fixed"], nullptr);
  EXPECT_EQ(marks["spts budgets x 2"], "tried");
  EXPECT_EQ(marks["spts budgets x 0.5"], "chosen");
}

TEST(SearchMarks, BelongToTheirModelAlone) {
  EXPECT_THAT(report_of("another-model", "text"), Not(HasSubstr("◆")));
}

}  // namespace
}  // namespace skipbench
