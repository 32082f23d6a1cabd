#include "harness/report/judge/marks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "kernels/base/error.h"

namespace skipbench {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

// One cell of which every mark holds.
ModelCells marked_model() {
  JudgedCell cell;
  cell.state = CellState::kIncomplete;
  cell.record.plan.expected_n = 2;
  cell.record.summary.n = 1;
  cell.record.summary.random_weights = true;
  cell.record.summary.git_dirty = true;
  cell.record.summary.slow_prefill = "sparse_attention: no kernel for the CPU";
  cell.record.summary.speedup_ttft = 3.5;
  cell.record.summary.speedup_ttft_low = 3;
  cell.record.summary.speedup_ttft_high = 4;
  cell.record.summary.speedup_ttft_limit = 1;
  cell.host_wait = 0.5;
  cell.outdated = true;
  cell.outdated_reason = "machine";
  ModelCells model{"e", "m", {cell, cell}, {}};
  model.cells[1].outdated_reason = "protocol";
  TasksApart apart;
  apart.slow_speedup.median = 1;
  apart.fast_speedup.median = 2;
  model.unsteady.push_back({"spts", "needle 512", "needle 1024", apart});
  return model;
}

std::vector<RunRecord> runs_of_workers() {
  RunRecord run;
  run.current_rows = 1;
  run.info.machine_json = R"([{"workers_per_device": 3}])";
  return {run};
}

TEST(Marks, HaveEachAnExplanationOfTheirOwn) {
  const ModelCells model = marked_model();
  const std::vector<RunRecord> runs = runs_of_workers();
  std::set<std::string> explanations;
  for (const Mark& mark : all_marks()) {
    const std::string begin = std::string(mark.name) + ": ";
    const std::vector<std::string> lines = explain_mark(mark.name, model, runs);
    ASSERT_THAT(lines, SizeIs(1)) << mark.name;
    EXPECT_THAT(lines[0], StartsWith(begin));
    EXPECT_GT(lines[0].size(), begin.size());
    EXPECT_TRUE(explanations.insert(lines[0].substr(begin.size())).second) << mark.name;
  }
}

TEST(Marks, ThatNobodyKnowsAreAnErrorOfTheProgram) {
  EXPECT_THROW(explain_mark("no-such-mark", marked_model(), {}), ContractError);
}

TEST(Marks, ApplyWhereTheirReasonHolds) {
  std::vector<std::string> all;
  for (const Mark& mark : all_marks()) all.emplace_back(mark.name);
  EXPECT_EQ(marks_of(marked_model(), runs_of_workers()), all);
  EXPECT_THAT(marks_of({}, {}), IsEmpty());
  JudgedCell planned;
  planned.record.plan.expected_n = 2;
  EXPECT_THAT(marks_of({"e", "m", {planned}, {}}, {}), ElementsAre("incomplete"));
}

}  // namespace
}  // namespace skipbench
