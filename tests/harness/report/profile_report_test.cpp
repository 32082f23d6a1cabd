#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

#include "harness/report/report.h"
#include "kernels/base/error.h"
#include "kernels/base/json.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/stored_rows.h"

namespace skipbench {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::ThrowsMessage;

/// A database of two labels on one task, the second with a profile.
class ProfileReport : public ::testing::Test {
 protected:
  ProfileReport() {
    store_.plan_cells(std::vector{full_, spts_});
    for (const PlannedCell& cell : {full_, spts_}) {
      for (int i = 0; i < 4; ++i) {
        store_.write(run_, std::vector{example_row(cell, std::to_string(i))});
      }
    }
  }
  void add_profile() { store_.write_profile(run_, example_row(spts_, "2").key, example_profile()); }
  std::string report(const std::string& format = "text", bool profile = true) {
    store_.summarise("demo");
    ReportOptions options;
    options.format = format;
    options.profile = profile;
    options.width = 0;
    return render_report(file_, options);
  }

  const PlannedCell full_ = example_cell("full", 0);
  const PlannedCell spts_ = example_cell("spts", 1);
  ScratchFolder folder_;
  const std::filesystem::path file_ = folder_ / "demo.db";
  Store store_{file_};
  int64_t run_ = store_.begin_run(example_run());
};

std::string line_with(const std::string& text, const std::string& begin, int nth = 0) {
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    if (line.starts_with(begin) && nth-- == 0) return line;
  }
  return "";
}

TEST_F(ProfileReport, ShowsTimeAndShareOfEachGroupBesideWhatWasPromised) {
  add_profile();
  const std::string text = report();
  // 10 ms: 6 of products, 2.75 of attention, 0.25 of the probe, 1 between.
  EXPECT_THAT(line_with(text, "spts"),
              AllOf(HasSubstr("10.0"), HasSubstr("6.00 60.0%"), HasSubstr("2.75 27.5%"),
                    HasSubstr("0.25 2.5%"), HasSubstr("1.00 10.0%")));
  // Speed-up 2 of an ideal 2.5.
  EXPECT_THAT(line_with(text, "spts"),
              AllOf(HasSubstr("2.00x"), HasSubstr("2.50x"), HasSubstr("80.0%")));
  EXPECT_THAT(line_with(text, "spts", 1), AllOf(HasSubstr("1.00"), HasSubstr("eager"),
                                                HasSubstr("0.75 75.0%"), HasSubstr("0.25 25.0%")));
  EXPECT_EQ(line_with(text, "full"), "") << "it has no profile";
  EXPECT_THAT(text, HasSubstr("slower than the timed ones"));
}

// The summed share of what the method adds: here the probe's 0.25 of 10 ms.
TEST_F(ProfileReport, SumsWhatAMethodAdds) {
  add_profile();
  const Json json = Json::parse(report("json"));
  ASSERT_EQ(json["profiles"].size(), 1u);
  const Json& spts = json["profiles"][0];
  EXPECT_EQ(spts["label"], "spts");
  EXPECT_EQ(spts["profiles"], 1);
  EXPECT_DOUBLE_EQ(spts["selection_share"], 0.025);
  EXPECT_DOUBLE_EQ(spts["prefill_ms"], 10);
  EXPECT_DOUBLE_EQ(spts["decode_step_ms"], 1);
  EXPECT_DOUBLE_EQ(spts["ideal_speedup"], 2.5);
}

TEST_F(ProfileReport, TellsLayersApartForPrograms) {
  add_profile();
  const std::string csv = report("csv");
  EXPECT_THAT(csv, HasSubstr("demo,smollm2-135m,spts,spts,needle,1024,1,prefill,1,probe,0.25,0.025"
                             "\n"));
  EXPECT_THAT(csv, HasSubstr("prefill,,gemm,1,0.1\n")) << "the logits belong to no layer";
  EXPECT_THAT(Json::parse(report("json"))["profiles"][0]["entries"],
              Contains(Json{{"phase", "prefill"},
                            {"layer", 0},
                            {"operations", "attention"},
                            {"ms", 2.0},
                            {"share", 0.2}}));
}

TEST_F(ProfileReport, HasTheSameFiguresWhereNoSummaryIsStored) {
  add_profile();
  const std::string stored = report("csv");
  ReportOptions options;
  options.format = "csv";
  options.profile = true;
  Store(file_).write_profile(run_, example_row(full_, "0").key, example_profile());
  EXPECT_THAT(render_report(file_, options), HasSubstr(stored.substr(stored.find('\n') + 1)));
}

TEST_F(ProfileReport, IsNamedByTheDefaultTablesAndNotPartOfThem) {
  EXPECT_THAT(report("text", false), Not(HasSubstr("--profile")));
  add_profile();
  EXPECT_THAT(report("text", false),
              AllOf(HasSubstr("report --profile"), Not(HasSubstr("Where the prefill"))));
}

TEST_F(ProfileReport, SaysHowToGetProfilesWhereThereAreNone) {
  EXPECT_THAT([this] { report(); },
              ThrowsMessage<InputError>(AllOf(HasSubstr("demo.db"), HasSubstr("--profile' adds"))));
}

}  // namespace
}  // namespace skipbench
