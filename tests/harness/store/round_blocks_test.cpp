#include "harness/store/round_blocks.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/store/database.h"
#include "harness/store/merge/merge.h"
#include "harness/store/store.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/stored_rows.h"
#include "tests/support/undo_to_version8.h"

namespace skipbench {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class RoundBlocks : public testing::Test {
 protected:
  int64_t claim(const std::string& label, const std::string& model = "tiny") const {
    return claim_round_block(database_, "demo", model, label);
  }
  int64_t integer(const std::string& sql) const {
    return Database(database_, Database::Mode::kReadOnly).integer(sql);
  }

  ScratchFolder folder_;
  const std::filesystem::path database_ = folder_ / "demo.db";
};

TEST_F(RoundBlocks, ALabelKeepsItsBlockAndNoOtherOfTheModelGetsIt) {
  EXPECT_THAT(claimed_round_blocks(database_, "demo", "tiny"), IsEmpty());
  EXPECT_EQ(claim("x 2"), 1);
  EXPECT_EQ(claim("x 0.1"), 2);
  EXPECT_EQ(claim("x 2"), 1);
  EXPECT_EQ(claim("x 0.1", "other model"), 1);
  EXPECT_EQ(claim("x 0.5"), 3);
  EXPECT_THAT(
      claimed_round_blocks(database_, "demo", "tiny"),
      ElementsAre(testing::Pair("x 0.1", 2), testing::Pair("x 0.5", 3), testing::Pair("x 2", 1)));
  EXPECT_THAT(claimed_round_blocks(database_, "other", "tiny"), IsEmpty());
}

TEST_F(RoundBlocks, LabelsThatShareAFreshOneHaveTheirLatest) {
  using Blocks = std::map<std::string, int64_t>;
  const auto fresh = [this](const Blocks& seen) {
    return claim_fresh_round_blocks(database_, "demo", "tiny", seen);
  };
  EXPECT_EQ(fresh({{"a", 0}, {"b", 0}}), (Blocks{{"a", 1}, {"b", 1}}));
  EXPECT_EQ(claim("x 2"), 2);
  EXPECT_EQ(fresh({{"b", 1}}), (Blocks{{"b", 3}}));
  EXPECT_EQ(claimed_round_blocks(database_, "demo", "tiny"),
            (Blocks{{"a", 1}, {"b", 3}, {"x 2", 2}}));
  EXPECT_EQ(fresh({{"b", 3}}), (Blocks{{"b", 4}}));
  EXPECT_EQ(fresh({{"a", 1}, {"b", 4}}), (Blocks{{"a", 5}, {"b", 5}}));
  EXPECT_EQ(fresh({{"x 2", 2}}), (Blocks{{"x 2", 6}}));
  EXPECT_EQ(claim("x 2"), 6);
  EXPECT_EQ(claimed_round_blocks(database_, "demo", "tiny"),
            (Blocks{{"a", 5}, {"b", 5}, {"x 2", 6}}));
}

TEST_F(RoundBlocks, OfTwoRunsThatTimeLabelsAgainAtOnceTheSecondJoinsTheFirst) {
  using Blocks = std::map<std::string, int64_t>;
  const Blocks seen{{"a", 0}, {"b", 0}};
  EXPECT_EQ(claim_fresh_round_blocks(database_, "demo", "tiny", seen),
            (Blocks{{"a", 1}, {"b", 1}}));
  EXPECT_EQ(claim_fresh_round_blocks(database_, "demo", "tiny", seen),
            (Blocks{{"a", 1}, {"b", 1}}));
  EXPECT_EQ(claim_fresh_round_blocks(database_, "demo", "tiny", {{"a", 0}, {"c", 0}}),
            (Blocks{{"a", 1}, {"c", 2}}));
}

TEST_F(RoundBlocks, ProcessesThatAskAtOnceGetOneEach) {
  constexpr int kProcesses = 4, kLabels = 25;
  { Store store(database_); }
  std::vector<pid_t> children;
  for (int process = 0; process < kProcesses; ++process) {
    const pid_t child = fork();
    if (child == 0) {
      for (int i = 0; i < kLabels; ++i) claim(fmt::format("search {} x {}", process, i));
      _exit(0);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = -1;
    waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  }
  EXPECT_EQ(integer("SELECT count(DISTINCT block) FROM round_block"), kProcesses * kLabels);
  EXPECT_EQ(integer("SELECT max(block) FROM round_block"), kProcesses * kLabels);
}

TEST_F(RoundBlocks, OfRunsBeforeVersionSixAreFoundInTheirConfigurations) {
  const auto run_with = [](int block, const std::string& label) {
    RunInfo info = example_run();
    info.config_json = fmt::format(
        R"({{"baseline": "full", "models": [{{"name": "tiny", "methods": [
            {{"label": "full", "block": {0}}}, {{"label": "{1}", "block": {0}}}]}}]}})",
        block, label);
    return info;
  };
  {
    Store store(database_);
    store.begin_run(run_with(0, "ordinary"));
    store.begin_run(run_with(1, "x 2"));
    store.begin_run(run_with(2, "x 0.1"));
    RunInfo broken = example_run();
    broken.config_json = "no JSON";
    store.begin_run(broken);
  }
  Database(database_, Database::Mode::kReadWrite)
      .execute(undo_to_version8() + "DROP TABLE round_block; PRAGMA user_version = 5");
  EXPECT_THAT(claimed_round_blocks(database_, "demo", "tiny"),
              ElementsAre(testing::Pair("x 0.1", 2), testing::Pair("x 2", 1)));
  EXPECT_EQ(claim("x 0.1"), 2);
  EXPECT_EQ(claim("x 0.3"), 3);
}

TEST_F(RoundBlocks, AreStillTakenInAMergedDatabase) {
  claim("x 2");
  claim("x 0.1");
  const std::filesystem::path merged = folder_ / "merged.db";
  merge_databases(merged, std::vector{database_});
  EXPECT_EQ(claim_round_block(merged, "demo", "tiny", "x 0.5"), 3);
  EXPECT_EQ(claim_round_block(merged, "demo", "tiny", "x 0.1"), 2);
}

TEST_F(RoundBlocks, OfShardsThatTimedDifferentLabelsAgainAreSharedWhenMerged) {
  const std::filesystem::path other = folder_ / "other.db", merged = folder_ / "merged.db";
  { Store store(other); }
  claim("a");
  claim("b");
  claim_round_block(other, "demo", "tiny", "c");
  claim_round_block(other, "demo", "tiny", "b");
  merge_databases(merged, std::vector{database_, other});
  EXPECT_EQ(claimed_round_blocks(merged, "demo", "tiny"),
            (std::map<std::string, int64_t>{{"a", 1}, {"b", 2}, {"c", 1}}));
  EXPECT_EQ(claim_round_block(merged, "demo", "tiny", "c"), 1);
  // Given again, nothing changes.
  merge_databases(merged, std::vector{database_, other});
  EXPECT_EQ(Database(merged, Database::Mode::kReadOnly)
                .integer("SELECT max(length(label)) FROM round_block"),
            3);
}

TEST_F(RoundBlocks, OfALabelThatWasTimedAgainInTheResultAreTheLatestWhenMergedOnceMore) {
  const std::filesystem::path other = folder_ / "other.db", merged = folder_ / "merged.db";
  { Store store(other); }
  claim("a");
  claim_round_block(other, "demo", "tiny", "c");
  merge_databases(merged, std::vector{database_, other});
  const std::map<std::string, int64_t> moved{{"a", 2}, {"c", 2}};
  EXPECT_EQ(claim_fresh_round_blocks(merged, "demo", "tiny", {{"a", 1}, {"c", 1}}), moved);
  merge_databases(merged, std::vector{database_, other});
  EXPECT_EQ(claimed_round_blocks(merged, "demo", "tiny"), moved);
}

}  // namespace
}  // namespace skipbench
