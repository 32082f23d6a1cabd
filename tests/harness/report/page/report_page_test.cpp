#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/report/page/findings.h"
#include "harness/report/page/reproduction.h"
#include "harness/report/page/sample_rows.h"
#include "harness/report/rank_cells.h"
#include "harness/report/report.h"
#include "kernels/base/json.h"
#include "tests/harness/report/support/example_database.h"
#include "tests/support/write_file.h"

namespace skipbench {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string page_of(const std::filesystem::path& database) {
  ReportOptions options;
  options.format = "html";
  return render_report(database, options);
}

// What the page's own script reads.
Json data_of(const std::string& page) {
  const std::string begin = R"(<script type="application/json" id="data">)";
  const size_t at = page.find(begin) + begin.size();
  return Json::parse(page.substr(at, page.find("</script>", at) - at));
}

TEST(ReportPage, HoldsEveryTableOfTheOtherFormatsAndTheirProvenance) {
  const ScratchFolder folder;
  write_example_database(folder / "a.db");
  const Json data = data_of(page_of(folder / "a.db"));
  ASSERT_EQ(data.at("sections").size(), 2u);
  const Json& model = data.at("sections").at(0);
  EXPECT_EQ(model.at("heading"), "demo on smollm2-135m");
  std::vector<std::string> titles;
  for (const Json& table : model.at("tables")) titles.push_back(table.at("title"));
  EXPECT_THAT(titles, ElementsAre("Accuracy", "Fidelity", "Speed and work"));
  EXPECT_EQ(data.at("sections").at(1).at("heading"), "Provenance of demo");
  EXPECT_EQ(model.at("marks"), Json::array({"incomplete"}));
}

TEST(ReportPage, TwoPagesOfOneDatabaseAreEqual) {
  const ScratchFolder folder;
  write_example_database(folder / "a.db");
  EXPECT_EQ(page_of(folder / "a.db"), page_of(folder / "a.db"));
}

TEST(ReportPage, ShowsATableThatAFileDescribes) {
  const ScratchFolder folder;
  write_example_database(folder / "a.db");
  write_file(folder / "t.yaml", "table: mine\nrows: [full]\ncolumns: [speedup_ttft]\n");
  ReportOptions options;
  options.format = "html";
  options.table = folder / "t.yaml";
  const Json data = data_of(render_report(folder / "a.db", options));
  EXPECT_THAT(data.at("sections").at(0).at("tables").at(0).at("rows").dump(), HasSubstr("full"));
  EXPECT_FALSE(data.at("sections").at(0).contains("figures"));
}

struct Example {
  ScratchFolder folder;
  std::unique_ptr<StoreReader> reader;
  std::vector<ExperimentData> experiments;

  Example() {
    write_example_database(folder / "a.db");
    reader = std::make_unique<StoreReader>(folder / "a.db");
    experiments = load_experiments(*reader, "", false);
    rank_cells(*reader, experiments.front().models.front());
  }
  const ModelCells& model() const { return experiments.front().models.front(); }
};

std::string words_of(const Finding& finding) {
  std::string words;
  for (const Phrase& phrase : finding.text) words += phrase.text;
  return words;
}

TEST(Findings, NameTheBestWhatEqualsItAndWhichOfTheseComputesLeast) {
  const Example example;
  const std::vector<Finding> findings = findings_of(example.model());
  ASSERT_GE(findings.size(), 4u);
  EXPECT_EQ(findings[0].about, "All 2 tasks, by score");
  EXPECT_EQ(words_of(findings[0]),
            "Best, or not distinguishable from the best, on each of them: full and spts 50%.");
  EXPECT_EQ(findings[2].about, "needle 1024, exact match");
  EXPECT_EQ(words_of(findings[2]),
            "full is best (50.0 points). 4 samples: only large differences show. Not "
            "distinguishable from "
            "it: spts 50%. Of these spts 50% "
            "computes least: its saved FLOPs promise a speed-up of 2.50x, measured to the first "
            "token it is 2.00x [2.00, 2.00].");
  EXPECT_EQ(findings[3].about, "needle 1024, loss of the right answer");
}

TEST(Findings, NameTheFastestBesideWhatItPromises) {
  const Example example;
  const std::vector<Finding> findings = findings_of(example.model());
  EXPECT_EQ(findings.back().about, "Speed on articles at 1,000 prompt tokens");
  EXPECT_THAT(words_of(findings.back()), HasSubstr("is fastest"));
  EXPECT_THAT(words_of(findings.back()), HasSubstr("a speed-up of 2.00x"));
}

TEST(Reproduction, RunsTheLabelAloneIntoADatabaseOfItsOwn) {
  EXPECT_EQ(command_for_label("/tmp/bin/skipbench run a.yaml --limit 20 --db /x/y.db "
                              "--only 'S*' --retry-failed --set tasks.0.repeats=3",
                              "full"),
            "build/release/skipbench run a.yaml --limit 20 --set tasks.0.repeats=3 --only full "
            "--db results/again.db");
  EXPECT_EQ(command_for_label("skipbench run 'my file.yaml' --db=z.db", "it's 50% [a*]"),
            "build/release/skipbench run 'my file.yaml' --only 'it'\\''s 50% \\[a\\*]' --db "
            "results/again.db");
}

TEST(Reproduction, SaysWhatShouldComeOut) {
  const Example example;
  const auto all = reproductions_of(example.model(), example.experiments.front().runs);
  ASSERT_FALSE(all.empty());
  EXPECT_EQ(all[1].label, "spts 50%");
  EXPECT_THAT(all[1].commands,
              ElementsAre("git checkout 0123456789abcdef0123456789abcdef01234567",
                          "scripts/bootstrap", "scripts/fetch_model", "scripts/build skipbench",
                          "build/release/skipbench run demo.yaml --only 'spts 50%' --db "
                          "results/again.db",
                          "build/release/skipbench report results/again.db"));
  EXPECT_THAT(all[1].expected, HasSubstr("exact match 50.0; contains answer 100.0"));
  EXPECT_THAT(all[1].expected, HasSubstr("speed-up 2.00x [2.00, 2.00]"));
  for (const Reproduction& one : all) EXPECT_NE(one.label, "spts huge") << "it has no figures";
}

TEST(SampleRows, WhereTheyAreTooManyEveryCellKeepsItsFirst) {
  const Example example;
  const Json all(sample_rows(*example.reader, example.model(), {}));
  EXPECT_EQ(all.at("total"), 2 * (4 + 4 + 3 + 4 + 4));
  EXPECT_EQ(all.at("rows").size(), all.at("total").get<size_t>());
  const Json cut(sample_rows(*example.reader, example.model(), {.rows = 20, .reply_bytes = 4}));
  EXPECT_EQ(cut.at("total"), all.at("total"));
  EXPECT_EQ(cut.at("rows").size(), 20u);  // two of each of ten cells
  EXPECT_EQ(cut.at("rows").at(0).at(9), "the  …");
}

TEST(SampleRows, AShortenedReplyIsStillText) {
  const ScratchFolder folder;
  {
    Store store(folder / "a.db");
    const PlannedCell cell = example_cell("full", 0);
    SampleRow row = example_row(cell, "0");
    row.prediction = "äöü";  // two bytes each
    const int64_t run = store.begin_run(example_run());
    store.plan_cells(std::vector{cell});
    store.write(run, std::vector{row});
  }
  const StoreReader reader(folder / "a.db");
  const auto experiments = load_experiments(reader, "", false);
  const Json rows(
      sample_rows(reader, experiments.front().models.front(), {.rows = 9, .reply_bytes = 3}));
  EXPECT_EQ(rows.at("rows").at(0).at(9), "ä …");
}

}  // namespace
}  // namespace skipbench
