#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "harness/experiment/experiment.h"
#include "harness/report/claims/claim_spec.h"
#include "kernels/base/json.h"
#include "tests/harness/cli/support/program.h"
#include "tests/support/scratch_folder.h"

namespace skipbench {
namespace {

using testing::Contains;
using testing::HasSubstr;

const std::string kResults = SKIPBENCH_SOURCE_DIR "/results/h100/";

/// The labels of each experiment that came with the program.
std::vector<std::set<std::string>> shipped_labels() {
  std::vector<std::set<std::string>> all;
  for (const char* folder : {"ablations", "longbench", "speed"}) {
    const std::string path = SKIPBENCH_SOURCE_DIR "/experiments/" + std::string(folder);
    for (const auto& entry : std::filesystem::directory_iterator(path)) {
      if (entry.path().extension() != ".yaml") continue;
      std::set<std::string>& labels = all.emplace_back();
      for (const MethodSpec& method : load_experiment(entry.path()).methods) {
        labels.insert(method.label);
      }
    }
  }
  return all;
}

bool has_any(const std::set<std::string>& labels, const std::vector<std::string>& words) {
  return std::any_of(words.begin(), words.end(),
                     [&labels](const auto& word) { return labels.contains(word); });
}

TEST(ShippedClaimsCommand, EveryClaimNamesLabelsThatOneExperimentHas) {
  const std::vector<std::set<std::string>> experiments = shipped_labels();
  std::set<std::string> known;
  for (const auto& labels : experiments) known.insert(labels.begin(), labels.end());
  for (const auto& file : claims_files("all")) {
    for (const ClaimSpec& claim : load_claims(file).claims) {
      for (const auto* words : {&claim.labels, &claim.against}) {
        for (const std::string& word : *words) EXPECT_THAT(known, Contains(word)) << claim.id;
      }
      const bool together =
          std::any_of(experiments.begin(), experiments.end(), [&claim](const auto& labels) {
            return has_any(labels, claim.labels) &&
                   (claim.against.empty() || has_any(labels, claim.against));
          });
      EXPECT_TRUE(together) << claim.id;
    }
  }
}

TEST(ShippedClaimsCommand, CommittedDatabasesDecideSomeOfThem) {
  const ScratchFolder folder;
  const Finished finished =
      run_program({"report", kResults + "minilongbench.db", kResults + "components.db",
                   kResults + "ffn-criterion.db", kResults + "speed-llama-8b.db", "--claims", "all",
                   "--format", "json"},
                  folder.path().string());
  ASSERT_EQ(finished.exit_code, 0) << finished.err;
  std::set<std::string> models;
  size_t decided = 0;
  const Json json = Json::parse(finished.out);
  for (const Json& claim : json.at("claims")) {
    for (const Json& row : claim.at("rows")) {
      const bool is_random = row.at("model").get<std::string>().starts_with("random:");
      for (const Json& condition : row.at("conditions")) {
        const bool is_score = condition.at("condition").get<std::string>().starts_with("score");
        EXPECT_FALSE(is_random && is_score && !condition.at("measured").is_null());
        if (condition.at("measured").is_null()) continue;
        ++decided;
        models.insert(row.at("model"));
      }
    }
  }
  EXPECT_GE(decided, 12u);
  EXPECT_EQ(models, (std::set<std::string>{"random:llama-3.1-8b", "smollm2-135m"}));
}

TEST(ShippedClaimsCommand, SeveralDatabasesAreForClaimsAlone) {
  const ScratchFolder folder;
  const auto error = [&folder](std::vector<std::string> words) {
    words.insert(words.begin(), {"report", kResults + "components.db"});
    const Finished finished = run_program(words, folder.path().string());
    EXPECT_EQ(finished.exit_code, 2);
    return finished.err;
  };
  EXPECT_THAT(error({kResults + "ffn-criterion.db"}), HasSubstr("only --claims reads several"));
  EXPECT_THAT(error({"--claims", "all", "--table", "t.yaml"}), HasSubstr("excludes"));
  EXPECT_THAT(error({kResults + "components.db", "--claims", "all"}), HasSubstr("is named twice"));
  EXPECT_THAT(error({"--claims", "absent.yaml"}), HasSubstr("absent.yaml"));
}

}  // namespace
}  // namespace skipbench
