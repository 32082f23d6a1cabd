#include "harness/report/report.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

#include "harness/report/judge/fields.h"
#include "harness/report/judge/standing.h"
#include "harness/store/database.h"
#include "kernels/base/error.h"
#include "kernels/base/json.h"
#include "tests/harness/report/support/example_database.h"
#include "tests/support/write_file.h"

namespace skipbench {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Le;
using ::testing::Not;

ReportOptions options_for(const std::string& format) {
  ReportOptions options;
  options.format = format;
  return options;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

/// The lines that begin with the label.
std::vector<std::string> lines_with(const std::string& text, const std::string& label) {
  std::vector<std::string> found;
  for (const std::string& line : lines_of(text)) {
    if (line.starts_with(label)) found.push_back(line);
  }
  return found;
}

std::string error_of(const std::filesystem::path& file, const ReportOptions& options) {
  try {
    render_report(file, options);
  } catch (const InputError& error) {
    return error.what();
  }
  return "no InputError";
}

/// Compares with tests/harness/report/golden/NAME; with SKIPBENCH_UPDATE_GOLDEN set, writes it.
void expect_golden(const std::string& text, const std::string& name) {
  const std::string file = SKIPBENCH_SOURCE_DIR "/tests/harness/report/golden/" + name;
  if (std::getenv("SKIPBENCH_UPDATE_GOLDEN")) std::ofstream(file) << text;
  std::ifstream stream(file);
  const std::string golden(std::istreambuf_iterator<char>(stream), {});
  EXPECT_EQ(text, golden) << "differs from " << file;
}

/// A database of one task whose rows a test chooses.
class ReportOfRows : public ::testing::Test {
 protected:
  ReportOfRows() { store_.plan_cells(std::vector{full_, spts_}); }

  void write(const std::vector<SampleRow>& rows) { store_.write(run_, rows); }
  void write_complete(const PlannedCell& cell) {
    for (int i = 0; i < 4; ++i) write({example_row(cell, std::to_string(i))});
  }
  std::string report(ReportOptions options = {}) {
    store_.summarise("demo");
    return render_report(file_, options);
  }
  Json json_cell(const std::string& label, ReportOptions options = options_for("json")) {
    const Json document = Json::parse(report(options));
    for (const Json& cell : document["experiments"][0]["models"][0]["cells"]) {
      if (cell["label"] == label) return cell;
    }
    return nullptr;
  }

  const PlannedCell full_ = example_cell("full", 0);
  const PlannedCell spts_ = example_cell("spts", 1);
  ScratchFolder folder_;
  const std::filesystem::path file_ = folder_ / "demo.db";
  Store store_{file_};
  int64_t run_ = store_.begin_run(example_run());
};

// Rows of four samples, the baseline's at these times.
constexpr std::array<double, 4> kSteady{200, 201, 200, 202}, kDrifting{200, 200, 400, 400};

TEST_F(ReportOfRows, TimesOfEqualPromptsThatDriftAreMarkedInEveryFormat) {
  store_.plan_cells(std::vector{full_, spts_});
  write_complete(spts_);
  const auto write_baseline = [&](const std::array<double, 4>& times, int64_t round) {
    for (size_t i = 0; i < times.size(); ++i) {
      SampleRow row = example_row(full_, std::to_string(i), round);
      row.ttft_ms = times[i];
      write({row});
    }
  };
  write_baseline(kSteady, 0);
  for (const char* format : {"text", "md", "latex", "html"}) {
    EXPECT_THAT(report(options_for(format)), Not(HasSubstr("drifting-times: prompts")));
  }
  write_baseline(kDrifting, 1);
  write_baseline(kDrifting, 2);
  for (const char* format : {"text", "md", "latex", "html"}) {
    EXPECT_THAT(report(options_for(format)), HasSubstr("drifting-times: prompts of equal length"));
  }
  const Json json = Json::parse(report(options_for("json")));
  EXPECT_THAT(json["experiments"][0]["models"][0]["marks"].dump(), HasSubstr("drifting-times"));
}

/// What the report says of times that drift, where the method takes this long beside kDrifting.
class DriftingTimes : public ReportOfRows {
 protected:
  std::string advice_beside(const std::array<double, 4>& method_ms) {
    store_.plan_cells(std::vector{full_, spts_});
    for (size_t i = 0; i < method_ms.size(); ++i) {
      SampleRow full = example_row(full_, std::to_string(i));
      SampleRow spts = example_row(spts_, std::to_string(i));
      full.ttft_ms = kDrifting[i];
      spts.ttft_ms = method_ms[i];
      write({full, spts});
    }
    for (const std::string& line : lines_of(report())) {
      if (const size_t at = line.find("drifting-times:"); at != std::string::npos) return line;
    }
    return "";
  }
};

TEST_F(DriftingTimes, SpeedupsThatPairingHeldAreToBeTrusted) {
  EXPECT_THAT(advice_beside({100, 100, 200, 204}),
              AllOf(HasSubstr("at most 0% apart for spts on needle 1024"), HasSubstr("trust")));
}

TEST_F(DriftingTimes, SpeedupsThatDriftedAsWellAreNot) {
  EXPECT_THAT(advice_beside({100, 100, 100, 100}),
              AllOf(HasSubstr("67% apart for spts on needle 1024"), Not(HasSubstr("trust"))));
}

TEST_F(ReportOfRows, SpeedupsAboveWhatTheSavedWorkAllowsAreMarkedInEveryFormat) {
  write_complete(full_);
  for (int i = 0; i < 4; ++i) {
    SampleRow row = example_row(spts_, std::to_string(i));
    row.ttft_ms = 40;  // 5 times faster; a quarter of the FFN is left
    write({row});
  }
  for (const char* format : {"text", "md", "html"}) {
    EXPECT_THAT(report(options_for(format)),
                AllOf(HasSubstr("5.00x [5.00, 5.00]†"), HasSubstr("too-fast:"),
                      HasSubstr("4.00x, the most that its saved work allows")));
  }
  EXPECT_THAT(report(options_for("latex")), HasSubstr("5.00x [5.00, 5.00]$\\dagger$"));
  const Json cell = json_cell("spts");
  EXPECT_EQ(cell["too_fast"], true);
  EXPECT_DOUBLE_EQ(cell["speedup_ttft_limit"], 4);
  EXPECT_EQ(json_cell("full")["too_fast"], false);
}

TEST_F(ReportOfRows, TimesOfAGpuThatWaitedForTheHostAreMarkedInEveryFormat) {
  write_complete(full_);
  for (int i = 0; i < 4; ++i) {
    SampleRow row = example_row(spts_, std::to_string(i));
    row.ttft_device_ms = *row.ttft_ms;
    row.busy_ms = 0.7 * *row.ttft_ms;
    write({row});
  }
  for (const char* format : {"text", "md", "html"}) {
    EXPECT_THAT(report(options_for(format)),
                AllOf(HasSubstr("2.00x [2.00, 2.00]‡"), HasSubstr("host-bound:"),
                      HasSubstr("(30.0%) for spts on needle 1024")));
  }
  EXPECT_THAT(report(options_for("latex")), HasSubstr("2.00x [2.00, 2.00]$\\ddagger$"));
  EXPECT_DOUBLE_EQ(json_cell("spts")["idle_share"], 0.3);
  EXPECT_TRUE(json_cell("full")["idle_share"].is_null());
}

TEST_F(ReportOfRows, TimesOfAGpuThatHardlyWaitedAreNotMarked) {
  for (const PlannedCell* cell : {&full_, &spts_}) {
    for (int i = 0; i < 4; ++i) {
      SampleRow row = example_row(*cell, std::to_string(i));
      row.ttft_device_ms = *row.ttft_ms;
      row.busy_ms = (cell == &full_ ? 0.96 : 0.92) * *row.ttft_ms;
      write({row});
    }
  }
  EXPECT_THAT(report(), Not(HasSubstr("host-bound")));
  const Json cell = json_cell("spts");
  EXPECT_NEAR(cell["speedup_busy"].get<double>(), 2 * 0.96 / 0.92, 1e-9);
}

TEST_F(ReportOfRows, SpeedupsThatTheSavedWorkAllowsAreNotMarked) {
  write_complete(full_);
  for (int i = 0; i < 4; ++i) {
    SampleRow row = example_row(spts_, std::to_string(i));
    row.ttft_ms = 52;  // 3.85 times faster, more than the ideal 2.5 and less than 4
    write({row});
  }
  EXPECT_THAT(report(), AllOf(HasSubstr("3.85x"), Not(HasSubstr("†"))));
}

TEST_F(ReportOfRows, SpeedupsOfOneLabelThatDifferFromTaskToTaskAreMarked) {
  // Six prompts of equal length and FLOPs on each of two tasks, beside a steady baseline.
  const auto write_task = [&](const std::string& subset, double method_ms) {
    std::vector<PlannedCell> cells;
    for (const char* label : {"full", "spts"}) {
      cells.push_back(example_cell(label, static_cast<int64_t>(cells.size()), "needle", subset));
      cells.back().expected_n = 6;
    }
    store_.plan_cells(cells);
    for (int i = 0; i < 6; ++i) {
      for (const PlannedCell& cell : cells) {
        SampleRow row = example_row(cell, std::to_string(i));
        if (!cell.is_baseline) row.ttft_ms = method_ms;
        write({row});
      }
    }
  };
  write_task("1024", 100);
  write_task("other", 92);
  EXPECT_THAT(report(options_for("text")), Not(HasSubstr("drifting-times: on prompts")))
      << "9% apart";
  write_task("third", 160);
  for (const char* format : {"text", "md", "latex", "html"}) {
    EXPECT_THAT(report(options_for(format)),
                HasSubstr("drifting-times: on prompts of about 1,000 tokens and equal work"));
  }
  EXPECT_THAT(
      report(options_for("text")),
      HasSubstr("speed-up of spts is 2.17x on needle other and 1.25x on needle third, their 95% "
                "intervals 74% apart."));
  const Json json = Json::parse(report(options_for("json")));
  EXPECT_THAT(json["experiments"][0]["models"][0]["marks"].dump(), HasSubstr("drifting-times"));
}

TEST_F(ReportOfRows, PromptsThatWereCutAreCounted) {
  store_.plan_cells(std::vector{full_});
  for (int i = 0; i < 4; ++i) {
    SampleRow row = example_row(full_, std::to_string(i));
    row.truncated_tokens = i < 2 ? 0 : 1000 * i;
    write({row});
  }
  EXPECT_THAT(report(), HasSubstr("2 of 4 prompts were cut to fit, by 2,500 tokens on average."));
}

TEST_F(ReportOfRows, OneRoundTellsNothingOfTheNoise) {
  store_.plan_cells(std::vector{full_});
  write_complete(full_);
  EXPECT_THAT(report(), HasSubstr("1 round (noise of times unknown)"));
  for (int i = 0; i < 4; ++i) write({example_row(full_, std::to_string(i), 1)});
  EXPECT_THAT(report(), HasSubstr("2 rounds;"));
}

class ReportOfExample : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = std::make_unique<ScratchFolder>();
    write_example_database(file());
  }
  static void TearDownTestSuite() { folder_.reset(); }
  static std::filesystem::path file() { return *folder_ / "demo.db"; }
  static std::unique_ptr<ScratchFolder> folder_;
};
std::unique_ptr<ScratchFolder> ReportOfExample::folder_;

TEST_F(ReportOfExample, TextIsTheGoldenOne) {
  expect_golden(render_report(file(), options_for("text")), "report.txt");
}

TEST_F(ReportOfExample, MarkdownIsTheGoldenOne) {
  expect_golden(render_report(file(), options_for("md")), "report.md");
}

TEST_F(ReportOfExample, CsvIsTheGoldenOne) {
  expect_golden(render_report(file(), options_for("csv")), "report.csv");
}

TEST_F(ReportOfExample, CsvAndJsonCarryEveryField) {
  const std::string csv = render_report(file(), options_for("csv"));
  const Json json = Json::parse(render_report(file(), options_for("json")));
  const std::string header = fmt::format(",{},", lines_of(csv)[0]);
  const Json& cell = json["experiments"][0]["models"][0]["cells"][0];
  for (const CellField& field : cell_fields()) {
    EXPECT_THAT(header, HasSubstr(fmt::format(",{},", field.id)));
    EXPECT_TRUE(cell.contains(std::string(field.id))) << field.id;
  }
  for (const MetricField& field : metric_fields()) {
    EXPECT_THAT(header, HasSubstr(fmt::format(",{},", field.id)));
    EXPECT_TRUE(cell["metrics"][0].contains(std::string(field.id))) << field.id;
  }
}

TEST_F(ReportOfExample, AWideTableIsSplitBetweenItsGroups) {
  const auto lines_of_width = [](size_t width) {
    ReportOptions options = options_for("text");
    options.width = width;
    return lines_with(render_report(file(), options), "spts 50%");
  };
  EXPECT_EQ(lines_of_width(0).size(), 1u + 1u + 2u);  // accuracy, fidelity, speed of two tasks
  const std::vector<std::string> split = lines_of_width(60);
  EXPECT_GE(split.size(), 2u + 2u + 2u * 2u);  // blocks
  std::vector<size_t> widths;
  for (const std::string& line : split) widths.push_back(line.size());
  EXPECT_THAT(widths, Each(Le(70u)));  // bytes: – takes three
}

TEST_F(ReportOfExample, ProvenanceShowsTheRunAndWhatItWasMadeWith) {
  ReportOptions options = options_for("text");
  options.provenance = true;
  const std::string text = render_report(file(), options);
  EXPECT_THAT(text, HasSubstr("run 1: done from 20"));
  EXPECT_THAT(text, HasSubstr("wrote 38 rows, of which the tables use 38"));
  EXPECT_THAT(text, HasSubstr("command    skipbench run demo.yaml"));
  EXPECT_THAT(text, HasSubstr("commit     0123456789abcdef0123456789abcdef01234567\n"));
  EXPECT_THAT(text, HasSubstr("machine    cores: 2, cpu: Example CPU"));
  EXPECT_THAT(text, HasSubstr("data data-hash"));
  EXPECT_THAT(text, HasSubstr("3 (run 1)"));
  options.format = "json";
  const Json run = Json::parse(render_report(file(), options))["experiments"][0]["runs"][0];
  EXPECT_EQ(run["machine"]["cpu"], "Example CPU");
  EXPECT_EQ(run["config"]["seed"], 0);
  const Json document = Json::parse(render_report(file(), options));
  const Json& cell = document["experiments"][0]["models"][0]["cells"][0];
  EXPECT_EQ(cell["rows_by_run"], Json::parse(R"([{"run_id": 1, "rows": 4}])"));
}

TEST_F(ReportOfExample, CheckSaysThatTheFileIsSound) {
  ReportOptions options = options_for("text");
  options.check = true;
  EXPECT_THAT(render_report(file(), options), HasSubstr("Integrity of the database: ok."));
  options.format = "json";
  EXPECT_EQ(Json::parse(render_report(file(), options))["integrity"], "ok");
}

TEST_F(ReportOfExample, UnknownFormatsAndExperimentsAreRefusedWithWhatThereIs) {
  EXPECT_THAT(error_of(file(), options_for("docx")),
              AllOf(HasSubstr("'docx'"), HasSubstr("text, md, latex, csv, json, html")));
  ReportOptions options;
  options.experiment = "dmo";
  EXPECT_THAT(error_of(file(), options),
              AllOf(HasSubstr("'dmo'"), HasSubstr("did you mean 'demo'?")));
}

TEST_F(ReportOfRows, JsonIsTheGoldenOne) {
  write_complete(full_);
  write({example_row(spts_, "0"), example_row(spts_, "1")});
  expect_golden(report(options_for("json")), "report.json");
}

TEST_F(ReportOfRows, ADamagedFileIsNamedByTheCheck) {
  for (int i = 0; i < 300; ++i) write({example_row(full_, std::to_string(i))});
  store_.summarise("demo");
  store_.end_run(run_, "done");
  {
    std::fstream stream(file_, std::ios::binary | std::ios::in | std::ios::out);
    stream.seekp(static_cast<std::streamoff>(std::filesystem::file_size(file_) * 3 / 4));
    stream << std::string(9000, '\x7f');
  }
  ReportOptions options;
  options.check = true;
  EXPECT_THAT(error_of(file_, options), AllOf(HasSubstr("demo.db"), HasSubstr("damaged")));
}

TEST_F(ReportOfRows, ADatabaseWithoutRowsSaysSoAndHowToFillIt) {
  for (const char* format : {"text", "md", "latex", "html"}) {
    EXPECT_THAT(report(options_for(format)), HasSubstr("No sample is stored yet")) << format;
  }
  write_complete(full_);
  EXPECT_THAT(report(), Not(HasSubstr("No sample is stored yet")));
}

TEST_F(ReportOfRows, ASingleTimeHasNoQuartiles) {
  write({example_row(full_, "0")});
  EXPECT_EQ(json_cell("full")["ttft_ms_median"], 200);
  EXPECT_TRUE(json_cell("full")["ttft_ms_q1"].is_null());
  EXPECT_THAT(report(), AllOf(HasSubstr("200"), Not(HasSubstr("[200"))));
  write({example_row(full_, "1")});
  EXPECT_EQ(json_cell("full")["ttft_ms_q3"], 200);
}

TEST_F(ReportOfRows, AMissingSampleIsShownInTheTable) {
  write_complete(full_);
  write({example_row(spts_, "0")});
  const std::string text = report();
  EXPECT_THAT(lines_with(text, "spts")[0], HasSubstr("100.0 (1/4)"));
  EXPECT_THAT(text, HasSubstr("incomplete: not every planned sample"));
  EXPECT_THAT(text, HasSubstr("incomplete: spts on needle 1024 (samples are missing"));
}

TEST_F(ReportOfRows, CellsThatThePlanNoLongerNamesAreLeftOutAndSaidToBe) {
  write_complete(full_);
  write_complete(spts_);
  const PlannedCell renamed = example_cell("spts renamed", 1);
  PlannedCell other_model = full_;
  other_model.model = "qwen2";
  store_.plan_cells(std::vector{other_model});
  store_.plan_cells(std::vector{full_, renamed}, PlanScope::kWhole);
  write_complete(renamed);
  const std::string text = report();
  EXPECT_THAT(text, HasSubstr("left out: spts on needle 1024; model qwen2 (not in the "
                              "experiment's latest plan)"));
  EXPECT_THAT(lines_with(text, "spts "), Each(HasSubstr("spts renamed")));
  EXPECT_THAT(text, AllOf(Not(HasSubstr("incomplete")), Not(HasSubstr("not run"))));
  EXPECT_EQ(json_cell("spts"), nullptr);
}

TEST_F(ReportOfRows, SamplesOfALargerEarlierPlanAreSaidToCountUntilARunHasEnded) {
  write_complete(full_);
  PlannedCell fewer = full_;
  fewer.expected_n = 2;
  store_.plan_cells(std::vector{fewer});
  store_.begin_run(example_run());
  EXPECT_THAT(report(), HasSubstr("more than planned: full on needle 1024"));
}

TEST_F(ReportOfRows, ACellThatWasNeverRunIsShown) {
  write_complete(full_);
  EXPECT_THAT(lines_with(report(), "spts")[0], HasSubstr("not run"));
  EXPECT_EQ(json_cell("spts")["state"], "not run");
}

TEST_F(ReportOfRows, AnInactiveMethodIsNotAFastOne) {
  write_complete(full_);
  for (int i = 0; i < 4; ++i) {
    SampleRow row = example_row(spts_, std::to_string(i));
    row.active = false;
    row.inactive_reason = "the prompt fits every budget";
    write({row});
  }
  const std::string text = report();
  for (const std::string& line : lines_with(text, "spts")) {
    EXPECT_THAT(line, AllOf(HasSubstr("inactive"), Not(HasSubstr("2.00x"))));
  }
  EXPECT_THAT(text, HasSubstr("inactive: spts on needle 1024 (the prompt fits every budget)"));
  EXPECT_EQ(json_cell("spts")["state"], "inactive");
}

// Its row is better than full attention's in both, and nothing but full attention.
TEST_F(ReportOfRows, AnInactiveMethodIsNeitherTheBestNorOnTheFront) {
  std::vector<PlannedCell> cells{full_, spts_, example_cell("spts 2", 2), example_cell("idle", 3)};
  for (PlannedCell& cell : cells) cell.expected_n = 8;
  store_.plan_cells(cells, PlanScope::kWhole);
  for (int i = 0; i < 8; ++i) {
    for (const PlannedCell& cell : cells) {
      const bool idle = cell.label == "idle";
      SampleRow row = example_row(cell, std::to_string(i));
      row.scores = {{"exact_match", idle || i % 2 == 0 ? 100.0 : 0.0}, {"contains_answer", 100}};
      if (idle) row.active = false, row.ttft_ms = 50, row.answer_nll = 0.5;
      write({row});
    }
  }
  const Json idle = json_cell("idle");
  EXPECT_EQ(idle["state"], "inactive");
  EXPECT_TRUE(idle["metrics"][0]["score_rank"].is_null());
  EXPECT_TRUE(idle["answer_nll_rank"].is_null());
  EXPECT_TRUE(idle["pareto"].is_null());
  EXPECT_EQ(json_cell("full")["metrics"][0]["score_rank"], "best");
  EXPECT_EQ(json_cell("spts")["pareto"], "front");
  EXPECT_TRUE(idle["speedup_ttft"].is_null());
  EXPECT_TRUE(idle["ideal_speedup"].is_null());
  EXPECT_EQ(idle["metrics"][0]["score"], 100) << "for means over tasks";
}

// xattention computes what its scores ask for, and random weights have scores of no model.
TEST_F(ReportOfRows, WorkThatFollowsScoresShowsNoSpeedOnRandomWeights) {
  const auto write_as = [&](const PlannedCell& plan, bool random_weights) {
    for (int i = 0; i < 4; ++i) {
      SampleRow row = example_row(plan, std::to_string(i));
      row.random_weights = random_weights;
      write({row});
    }
  };
  PlannedCell sparse = spts_, behind = spts_;
  sparse.method = sparse.label = "xattention";
  behind.method = behind.label = "spts+xattention";
  store_.plan_cells(std::vector{full_, spts_, sparse, behind});
  for (const PlannedCell& plan : {full_, spts_, sparse, behind}) write_as(plan, true);
  EXPECT_EQ(json_cell("full")["state"], "reference");
  EXPECT_EQ(json_cell("spts")["state"], "ok");
  for (const char* label : {"xattention", "spts+xattention"}) {
    EXPECT_EQ(json_cell(label)["state"], "score-driven");
    for (const std::string& line : lines_with(report(), label)) {
      EXPECT_THAT(line, Not(HasSubstr("2.00x")));
    }
  }
  EXPECT_THAT(report(), HasSubstr("score-driven: xattention on needle 1024; spts+xattention on "
                                  "needle 1024 ("));
}

TEST_F(ReportOfRows, AFailedSelfCheckShowsNoFigures) {
  write_complete(full_);
  for (int i = 0; i < 4; ++i) {
    SampleRow row = example_row(spts_, std::to_string(i));
    row.status = RowStatus::kInvalid;
    row.error = "with every token selected the logits differ by 0.3";
    write({row});
  }
  const std::string text = report();
  for (const std::string& line : lines_with(text, "spts")) {
    EXPECT_THAT(line, AllOf(HasSubstr("INVALID"), Not(HasSubstr("x"))));
  }
  EXPECT_THAT(text, HasSubstr("INVALID: spts on needle 1024 (with every token selected"));
}

TEST_F(ReportOfRows, FailuresAreListedWithTheirReason) {
  write_complete(full_);
  for (int i = 0; i < 4; ++i) {
    SampleRow row = example_row(spts_, std::to_string(i));
    row.status = i == 0 ? RowStatus::kError : RowStatus::kOk;
    if (i == 0) row.error = "rows are not ascending\nat layer 3";
    write({row});
  }
  const std::string text = report();
  EXPECT_THAT(lines_with(text, "spts")[0], HasSubstr("(3/4)"));
  EXPECT_THAT(text, HasSubstr("failed: spts on needle 1024 (rows are not ascending)"));
}

TEST_F(ReportOfRows, TheRatioOfMeansStandsBesideTheMeanOfRatios) {
  for (const auto& [sample, full_ms] : {std::pair("0", 200.0), std::pair("1", 900.0)}) {
    SampleRow full = example_row(full_, sample), spts = example_row(spts_, sample);
    full.ttft_ms = full_ms;
    spts.ttft_ms = full_ms == 200.0 ? 100.0 : 300.0;
    write({full, spts});
  }
  for (const char* format : {"text", "md"}) {
    EXPECT_THAT(report(options_for(format)), AllOf(HasSubstr("2.45x [0.19"), HasSubstr("2.75x")));
  }
}

TEST_F(ReportOfRows, AFailedRoundIsListedAlsoWhenItsSampleEndedWellInAnother) {
  write_complete(full_);
  write_complete(spts_);
  SampleRow row = example_row(spts_, "0", 1);
  row.status = RowStatus::kError;
  row.error = "device-side assert";
  write({row});
  EXPECT_THAT(report(), HasSubstr("failed: spts on needle 1024 (device-side assert; 1 row)"));
  EXPECT_EQ(json_cell("spts")["rows_error"], 1);
}

TEST_F(ReportOfRows, EveryKindOfFailureHasItsOwnReason) {
  write_complete(full_);
  for (int i = 0; i < 4; ++i) {
    SampleRow row = example_row(spts_, std::to_string(i));
    if (i == 1) row.status = RowStatus::kOom, row.error = "12 GiB wanted";
    if (i == 2) row.status = RowStatus::kError, row.error = "no such layer";
    write({row});
  }
  EXPECT_THAT(report(), AllOf(HasSubstr("out of memory: spts on needle 1024 (12 GiB wanted)"),
                              HasSubstr("failed: spts on needle 1024 (no such layer)")));
  EXPECT_EQ(json_cell("spts")["oom_reason"], "12 GiB wanted");
  EXPECT_EQ(json_cell("spts")["error"], "no such layer");
}

TEST_F(ReportOfRows, ALabelThatAnotherRunTimedHasNoSpeedUpAndSaysWhatToDo) {
  write_complete(full_);
  run_ = store_.begin_run(example_run());
  write_complete(spts_);
  const std::string text = report();
  EXPECT_THAT(lines_with(text, "spts"), Each(Not(HasSubstr("2.00x"))));
  EXPECT_THAT(text, AllOf(HasSubstr("no speed-up: spts on needle 1024 (not timed in one run"),
                          HasSubstr("--retime")));
  EXPECT_TRUE(json_cell("spts")["speedup_ttft"].is_null());
  EXPECT_EQ(json_cell("spts")["pairs"], 0);
  EXPECT_FALSE(json_cell("spts")["answer_nll_delta"].is_null());
}

TEST_F(ReportOfRows, EndToEndIsOverRepliesOfEqualLength) {
  write_complete(full_);
  const auto write_replies = [this](const PlannedCell& cell, int first_shorter) {
    for (int i = 0; i < 4; ++i) {
      SampleRow row = example_row(cell, std::to_string(i));
      if (i >= first_shorter) row.new_tokens = 1, row.e2e_ms = 101;
      write({row});
    }
  };
  const PlannedCell shorter = example_cell("shorter", 2);
  store_.plan_cells(std::vector{shorter});
  write_replies(spts_, 2);
  write_replies(shorter, 0);
  const std::string text = report();
  EXPECT_THAT(text, HasSubstr("end to end: spts on needle 1024 (only over replies"));
  EXPECT_THAT(text, HasSubstr("1.62x (2/4)"));
  EXPECT_THAT(text, HasSubstr("no end-to-end speed-up: shorter on needle 1024"));
  EXPECT_DOUBLE_EQ(json_cell("spts")["speedup_e2e"], 260.0 / 160.0);
  EXPECT_EQ(json_cell("spts")["pairs_e2e"], 2);
  EXPECT_TRUE(json_cell("shorter")["speedup_e2e"].is_null());
}

TEST_F(ReportOfRows, ARatioEndToEndThatWouldMeasureTheGraphIsNotShown) {
  for (const PlannedCell& cell : {full_, spts_}) {
    for (int i = 0; i < 4; ++i) {
      SampleRow row = example_row(cell, std::to_string(i));
      row.decode_path = cell.is_baseline ? "graph" : "eager";
      row.eager_reason = cell.is_baseline ? "" : "the method plans its decode steps";
      write({row});
    }
  }
  const std::string text = report();
  EXPECT_THAT(text, AllOf(HasSubstr("no end-to-end speed-up: spts on needle 1024 (decoded without "
                                    "the CUDA graph that the baseline's steps replay (the method "
                                    "plans its decode steps)"),
                          Not(HasSubstr("no reply is as long"))));
  EXPECT_TRUE(json_cell("spts")["speedup_e2e"].is_null());
  EXPECT_DOUBLE_EQ(json_cell("spts")["speedup_ttft"], 2);
  EXPECT_EQ(json_cell("spts")["decode_path"], "eager");
  EXPECT_EQ(json_cell("spts")["pairs_other_path"], 4);
}

TEST_F(ReportOfRows, MemoryBesideWeightsAndCacheStandsBesideThePeak) {
  write_complete(full_);
  EXPECT_THAT(report(), Not(HasSubstr("beside weights"))) << "on a CPU";
  for (int i = 0; i < 4; ++i) {
    SampleRow row = example_row(spts_, std::to_string(i));
    row.weights_bytes = int64_t{1} << 29;
    write({row});
  }
  EXPECT_THAT(report(), AllOf(HasSubstr("beside weights and KV"), HasSubstr("1.00 GiB"),
                              HasSubstr("0.50 GiB")));
  EXPECT_DOUBLE_EQ(json_cell("spts")["beside_bytes_max"], (1 << 29) - 500);
}

TEST_F(ReportOfRows, TheBestIsMarkedWithAllThatCannotBeToldFromIt) {
  // Of 8 samples the best has all right, `near` 7 and `far` none: p = 1 and 2 / 256.
  std::vector<PlannedCell> cells{example_cell("full", 0), example_cell("near", 1),
                                 example_cell("far", 2)};
  for (PlannedCell& cell : cells) cell.expected_n = 8;
  store_.plan_cells(cells, PlanScope::kWhole);
  for (int i = 0; i < 8; ++i) {
    for (const PlannedCell& cell : cells) {
      SampleRow row = example_row(cell, std::to_string(i));
      const bool right = cell.label == "full" || (cell.label == "near" && i > 0);
      row.scores = {{"exact_match", right ? 100 : 0}, {"contains_answer", 100}};
      row.answer_nll = cell.label == "far" ? 0.5 - 0.01 * i : 1.0;
      write({row});
    }
  }
  const std::string text = report();
  EXPECT_THAT(lines_with(text, "full ")[0], HasSubstr("100.0 ●"));
  EXPECT_THAT(lines_with(text, "near ")[0], HasSubstr("87.5 ± 12.5 ○"));
  EXPECT_THAT(lines_with(text, "far ")[0], HasSubstr(" 0.0  ")) << "all equal";
  EXPECT_THAT(text, HasSubstr("● best, ○ not distinguishable"));
  EXPECT_THAT(report(options_for("md")), HasSubstr("87.5 ± 12.5 ○"));
  EXPECT_EQ(json_cell("full")["metrics"][0]["score_rank"], "best");
  EXPECT_EQ(json_cell("near")["metrics"][0]["score_rank"], "tied");
  EXPECT_TRUE(json_cell("far")["metrics"][0]["score_rank"].is_null());
  EXPECT_DOUBLE_EQ(json_cell("far")["metrics"][0]["score_best_p"], 2 * 2.0 / 256);
  EXPECT_EQ(json_cell("far")["answer_nll_rank"], "best") << "a low loss is a good one";
  EXPECT_TRUE(json_cell("full")["answer_nll_rank"].is_null());
}

// Of six samples two labels have all wrong: p is 2 / 64 for each, and twice that once corrected.
TEST_F(ReportOfRows, WhatDiffersTakenAloneHasAMarkOfItsOwnInEveryFormat) {
  std::vector<PlannedCell> cells{example_cell("full", 0), example_cell("first", 1),
                                 example_cell("second", 2)};
  for (PlannedCell& cell : cells) cell.expected_n = 6;
  store_.plan_cells(cells, PlanScope::kWhole);
  for (int i = 0; i < 6; ++i) {
    for (const PlannedCell& cell : cells) {
      SampleRow row = example_row(cell, std::to_string(i));
      row.scores = {{"exact_match", cell.is_baseline ? 100 : 0}, {"contains_answer", 100}};
      write({row});
    }
  }
  EXPECT_THAT(lines_with(report(), "first ")[0], HasSubstr("0.0 ◌"));
  for (const char* format : {"text", "md"}) {
    EXPECT_THAT(report(options_for(format)), HasSubstr("◌ worse if its test were the only one"));
  }
  EXPECT_THAT(report(options_for("latex")),
              AllOf(HasSubstr("\\textit{0.0}"), HasSubstr("italic worse if its test")));
  EXPECT_THAT(report(options_for("csv")), HasSubstr(",alone,"));
  const std::string page = report(options_for("html"));
  EXPECT_THAT(page, HasSubstr("worse, alone only ◌"));
  EXPECT_EQ(json_cell("first")["metrics"][0]["score_rank"], "alone");
  write_file(folder_ / "t.yaml",
             "table: mine\nrows: [full, first, second]\ncolumns: [score]\n"
             "highlight: true\n");
  ReportOptions table = options_for("text");
  table.table = folder_ / "t.yaml";
  EXPECT_THAT(report(table), AllOf(HasSubstr("0.0 ◌"), HasSubstr("◌ worse if its test were")));
  table.format = "json";
  EXPECT_EQ(Json::parse(report(table))["rows"][1]["cells"][0]["rank"], "alone");
}

// Of five paired samples no test has p below 2 / 32, of six one has.
TEST_F(ReportOfRows, TooFewSamplesToTellAreNotMarkedAsIfTheyHadBeenTested) {
  for (const int samples : {5, 6}) {
    PlannedCell full = example_cell("full", 0), far = example_cell("far", 1);
    full.expected_n = far.expected_n = samples;
    store_.plan_cells(std::vector{full, far}, PlanScope::kWhole);
    for (int i = 0; i < samples; ++i) {
      for (const PlannedCell& cell : {full, far}) {
        SampleRow row = example_row(cell, std::to_string(i));
        row.scores = {{"exact_match", cell.is_baseline ? 100 : 0}, {"contains_answer", 100}};
        write({row});
      }
    }
    const bool enough = samples == 6;
    const std::string text = report();
    EXPECT_EQ(lines_with(text, "full ")[0].find("●") != std::string::npos, enough) << text;
    EXPECT_EQ(text.find("● best") != std::string::npos, enough);
    EXPECT_EQ(text.find("too few samples to tell: of fewer than 6") != std::string::npos, !enough);
    EXPECT_EQ(json_cell("full")["metrics"][0]["score_rank"], enough ? "best" : "too few");
  }
}

// Cells of equally many samples need not have the same ones.
TEST_F(ReportOfRows, APairWithTooFewSamplesInCommonIsNotMarkedAndOthersAre) {
  PlannedCell full = example_cell("full", 0), near = example_cell("near", 1),
              apart = example_cell("apart", 2);
  full.expected_n = near.expected_n = apart.expected_n = 13;
  store_.plan_cells(std::vector{full, near, apart}, PlanScope::kWhole);
  for (int i = 0; i < 8; ++i) {
    for (const PlannedCell& cell : {full, near, apart}) {
      const int id = cell.label == "apart" ? i + 5 : i;  // three in common
      SampleRow row = example_row(cell, std::to_string(100 + id));
      row.scores = {{"exact_match", cell.is_baseline || i > 0 ? 100 : 0}, {"contains_answer", 100}};
      write({row});
    }
  }
  EXPECT_EQ(json_cell("full")["metrics"][0]["score_rank"], "best");
  EXPECT_EQ(json_cell("near")["metrics"][0]["score_rank"], "tied");
  EXPECT_EQ(json_cell("apart")["metrics"][0]["score_rank"], "too few");
  const std::string text = report();
  EXPECT_THAT(text, HasSubstr("● best, ○ not distinguishable"));
  EXPECT_THAT(text, HasSubstr("too few samples to tell: of fewer than 6"));
}

// What 'run' stores and what a report computes on its own must not differ.
TEST_F(ReportOfRows, StoredAndComputedFiguresAreTheSame) {
  write_complete(full_);
  for (int i = 0; i < 4; ++i) {
    SampleRow row = example_row(spts_, std::to_string(i));
    row.scores[0].second = 25 * i;
    row.answer_nll = 1.1 + 0.1 * i;
    write({row});
  }
  ReportOptions json = options_for("json");
  const std::string stored = report(json);
  EXPECT_FALSE(json_cell("spts")["metrics"][0]["score_delta_p"].is_null());
  Database(file_, Database::Mode::kReadWrite)
      .execute("DELETE FROM score_summary; DELETE FROM cell_summary");
  EXPECT_EQ(render_report(file_, json), stored);
}

TEST_F(ReportOfRows, TimingsSayHowNoisyTheirRepeatsAre) {
  for (int round = 0; round < 5; ++round) {
    SampleRow quiet = example_row(full_, "0", round), loud = example_row(spts_, "0", round);
    quiet.ttft_ms = 200 + round;
    loud.ttft_ms = 100 + 20 * round;
    write({quiet, loud});
  }
  EXPECT_EQ(json_cell("full")["ttft_noise"], "stable");
  EXPECT_EQ(json_cell("spts")["ttft_noise"], "unusable");
  EXPECT_THAT(report(), HasSubstr("unusable"));
}

TEST_F(ReportOfRows, RandomWeightsShowTimesUnderAMarkAndNoAccuracy) {
  for (const PlannedCell& cell : {full_, spts_}) {
    for (int i = 0; i < 4; ++i) {
      SampleRow row = example_row(cell, std::to_string(i));
      row.random_weights = true;
      write({row});
    }
  }
  const std::string text = report();
  EXPECT_THAT(text, HasSubstr("random-weights: times and work alone, no accuracy."));
  EXPECT_THAT(text, Not(HasSubstr("Accuracy")));
  EXPECT_THAT(text, Not(HasSubstr("Fidelity")));
  EXPECT_THAT(lines_with(text, "spts")[0], HasSubstr("2.00x"));
  EXPECT_TRUE(json_cell("spts")["answer_nll_mean"].is_null());
}

TEST_F(ReportOfRows, ADirtyTreeIsMarked) {
  RunInfo info = example_run();
  info.git_dirty = true;
  run_ = store_.begin_run(info);
  write_complete(full_);
  EXPECT_THAT(report(), AllOf(HasSubstr("dirty-tree: built from sources with uncommitted changes"),
                              HasSubstr("commit 012345678+dirty")));
}

class ReportOfTwoVersions : public ReportOfRows {
 protected:
  ReportOfTwoVersions() {
    write_complete(full_);
    write_complete(spts_);
    run_ = store_.begin_run(example_run());
    for (int i = 0; i < 4; ++i) {
      SampleRow row = example_row(full_, std::to_string(i));
      row.key.code_version = "core2-full";
      write({row});
    }
  }
};

TEST_F(ReportOfTwoVersions, AnotherVersionsFiguresAreLeftOut) {
  const std::string text = report();
  for (const std::string& line : lines_with(text, "spts")) {
    EXPECT_THAT(line, AllOf(HasSubstr("outdated"), Not(HasSubstr("2.00x"))));
  }
  EXPECT_THAT(text, HasSubstr("outdated: spts on needle 1024 (measured with another code"));
  EXPECT_THAT(text, AllOf(HasSubstr("Code core2"), Not(HasSubstr("core1"))));
  const Json cell = json_cell("spts");
  EXPECT_EQ(cell["state"], "outdated");
  EXPECT_TRUE(cell["speedup_ttft"].is_null());
  EXPECT_TRUE(cell["metrics"][0]["score"].is_null());
}

TEST_F(ReportOfTwoVersions, AllowMixedShowsThemMarked) {
  ReportOptions options;
  options.allow_mixed = true;
  const std::string text = report(options);
  EXPECT_THAT(lines_with(text, "spts")[0], HasSubstr("100.0*"));
  EXPECT_THAT(text, HasSubstr("mixed-versions: figures with *"));
  EXPECT_THAT(text, HasSubstr("Code core2 and core1"));
  options.format = "json";
  EXPECT_EQ(json_cell("spts", options)["outdated"], "code");
  EXPECT_DOUBLE_EQ(json_cell("spts", options)["ttft_ms_median"], 100);
  EXPECT_TRUE(json_cell("spts", options)["speedup_ttft"].is_null());  // timed in different runs
}

// Here the first cell is the stale one: "newest" is what the last run asked for, wherever it
// stands.
TEST_F(ReportOfRows, TheCellsThatTheLastRunMeasuredAreTheNewest) {
  write_complete(full_);
  write_complete(spts_);
  run_ = store_.begin_run(example_run());
  for (int i = 0; i < 4; ++i) {
    SampleRow row = example_row(spts_, std::to_string(i));
    row.key.code_version = "core2-spts";
    write({row});
  }
  EXPECT_EQ(json_cell("full")["state"], "outdated");
  EXPECT_EQ(json_cell("spts")["state"], "ok");
}

TEST_F(ReportOfRows, WithoutANoteOfTheRunTheLastThatWroteACellCounts) {
  write_complete(full_);
  write_complete(spts_);
  run_ = store_.begin_run(example_run());
  for (int i = 0; i < 4; ++i) {
    SampleRow row = example_row(spts_, std::to_string(i));
    row.key.code_version = "core2-spts";
    write({row});
  }
  Database(file_, Database::Mode::kReadWrite).execute("UPDATE cell_plan SET run_id = NULL");
  EXPECT_EQ(json_cell("full")["state"], "outdated");
  EXPECT_EQ(json_cell("spts")["state"], "ok");
}

// Two methods and two tasks of one program, whose sources have hashes of their own.
TEST_F(ReportOfRows, OneProgramsMethodsAndTasksAreNoMixture) {
  for (const PlannedCell& cell : {full_, spts_}) {
    PlannedCell other = cell;
    other.task = "jsonl";
    other.subset = "";
    store_.plan_cells(std::vector{other});
    for (int i = 0; i < 4; ++i) {
      for (const PlannedCell& each : std::vector{cell, other}) {
        SampleRow row = example_row(each, std::to_string(i));
        row.key.code_version = fmt::format("core-{}-{}-gguf", each.method, each.task);
        write({row});
      }
    }
  }
  const Json document = Json::parse(report(options_for("json")));
  const Json& cells = document["experiments"][0]["models"][0]["cells"];
  ASSERT_EQ(cells.size(), 4u);
  for (const Json& cell : cells) EXPECT_EQ(cell.at("outdated"), "") << cell;
}

// What of a code version makes a cell that keeps its version outdated when the other is measured
// anew.
TEST_F(ReportOfRows, AnotherTaskOrReaderInTheSamePlaceIsAMixture) {
  const auto state_of_full = [&](const std::string& full, const std::string& spts) {
    run_ = store_.begin_run(example_run());
    for (const auto& [cell, code] : {std::pair(full_, full), std::pair(spts_, spts)}) {
      for (int i = 0; i < 4; ++i) {
        SampleRow row = example_row(cell, std::to_string(i));
        row.key.code_version = code;
        write({row});
      }
      run_ = store_.begin_run(example_run());
    }
    return json_cell("full")["state"];
  };
  EXPECT_EQ(state_of_full("core-full-needle-gguf", "core-spts-needle-gguf"), "reference");
  EXPECT_EQ(state_of_full("core-full-needle2-gguf", "core-spts-needle3-gguf"), "outdated");
  EXPECT_EQ(state_of_full("core-full-needle-gguf2", "core-spts-needle-gguf3"), "outdated");
  EXPECT_EQ(state_of_full("core4-full", "core4-spts"), "reference");  // of an earlier program
}

TEST_F(ReportOfRows, TwoLabelsOfOneMethodThatWasChangedInBetweenAreAMixture) {
  PlannedCell other = example_cell("spts b", 2);
  other.method = "spts";
  store_.plan_cells(std::vector{other});
  write_complete(full_);
  write_complete(spts_);
  run_ = store_.begin_run(example_run());
  for (int i = 0; i < 4; ++i) {
    SampleRow row = example_row(other, std::to_string(i));
    row.key.code_version = "core1-newer";
    write({row});
  }
  EXPECT_EQ(json_cell("full")["state"], "reference");
  EXPECT_EQ(json_cell("spts")["state"], "outdated");
  EXPECT_EQ(json_cell("spts b")["state"], "ok");
}

TEST_F(ReportOfRows, OtherCodeOfOneMethodAloneIsNoMixture) {
  write_complete(full_);
  for (int i = 0; i < 4; ++i) {
    SampleRow row = example_row(spts_, std::to_string(i));
    row.key.code_version = "core1-newer";
    write({row});
  }
  EXPECT_EQ(json_cell("spts")["state"], "ok");
}

TEST_F(ReportOfRows, TextOfPredictionsAndLabelsSurvivesEveryFormat) {
  PlannedCell odd = example_cell("a|b, \"c\" *", 2);
  store_.plan_cells(std::vector{odd});
  SampleRow row = example_row(odd, "0");
  row.inactive_reason = "bytes \xff\xfe that are no text";
  write({row});
  write_complete(full_);
  EXPECT_THAT(report(options_for("md")), HasSubstr(R"(| a\|b, "c" \* |)"));
  EXPECT_THAT(report(options_for("csv")), HasSubstr(R"("a|b, ""c"" *")"));
  EXPECT_NO_THROW(Json::parse(report(options_for("json"))));
}

TEST(Report, TenThousandCellsAreNotSlow) {
  ScratchFolder folder;
  const auto file = folder / "large.db";
  const auto start = std::chrono::steady_clock::now();
  const auto seconds = [&start] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  {
    Store store(file);
    const int64_t run = store.begin_run(example_run());
    std::vector<PlannedCell> cells;
    for (int task = 0; task < 500; ++task) {
      for (int label = 0; label < 20; ++label) {
        cells.push_back(example_cell(label == 0 ? "full" : fmt::format("spts {}", label), label,
                                     "needle", std::to_string(task)));
      }
    }
    store.plan_cells(cells);
    RecordProperty("planned_s", std::to_string(seconds()));
    for (int task = 0; task < 500; ++task) {
      for (int sample = 0; sample < 10; ++sample) {
        std::vector<SampleRow> unit;
        for (int label = 0; label < 20; ++label) {
          unit.push_back(
              example_row(cells[static_cast<size_t>(task * 20 + label)], std::to_string(sample)));
        }
        store.write(run, unit);
      }
    }
    RecordProperty("written_s", std::to_string(seconds()));
    store.summarise("demo");
    RecordProperty("summarised_s", std::to_string(seconds()));
    store.end_run(run, "done");
  }
  const double before = seconds();
  const std::string csv = render_report(file, options_for("csv"));
  EXPECT_EQ(lines_of(csv).size(), 1u + 2u * 10'000u);
  EXPECT_LT(seconds() - before, 10);  // about 1 s on an idle core
  EXPECT_LT(seconds(), 120);          // about 10 s
}

}  // namespace
}  // namespace skipbench
