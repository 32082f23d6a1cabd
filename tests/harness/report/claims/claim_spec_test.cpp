#include "harness/report/claims/claim_spec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "kernels/base/error.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/write_file.h"

namespace skipbench {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kClaim =
    "published: paper.yaml\n"
    "claims:\n"
    "  - id: faster\n"
    "    claim: is twice as fast\n"
    "    where: table 1\n"
    "    label: [ours, spts]\n"
    "    tasks: \"needle*\"\n"
    "    holds: speedup_ttft >= 2\n"
    "    published: [{model: SmolLM2, row: ours, column: TTFT}]\n";

class ClaimSpecTest : public testing::Test {
 protected:
  ClaimSpecTest() {
    write_file(folder_ / "paper.yaml",
               "source: A paper\nsetup: a slide rule\n"
               "figures: [{model: SmolLM2, row: ours, column: TTFT, value: 2}]\n");
  }
  ClaimsSpec load(const std::string& text) {
    return load_claims(write_file(folder_ / "claims.yaml", text));
  }
  std::string error_of(const std::string& text) {
    try {
      load(text);
    } catch (const InputError& error) {
      return error.what();
    }
    return "no InputError";
  }
  static std::string replaced(const std::string& from, const std::string& to) {
    std::string text = kClaim;
    return text.replace(text.find(from), from.size(), to);
  }

  ScratchFolder folder_;
};

TEST_F(ClaimSpecTest, HoldsWhatTheFileSaysAndWhatThePaperReports) {
  const ClaimsSpec spec = load(kClaim);
  EXPECT_EQ(spec.source, "A paper");
  ASSERT_EQ(spec.claims.size(), 1u);
  const ClaimSpec& claim = spec.claims[0];
  EXPECT_EQ(claim.id, "faster");
  EXPECT_THAT(claim.labels, ElementsAre("ours", "spts"));
  EXPECT_THAT(claim.tasks, ElementsAre("needle*"));
  EXPECT_TRUE(claim.against.empty() && claim.models.empty());
  EXPECT_EQ(conditions_text(claim.holds), "speedup_ttft >= 2");
  EXPECT_DOUBLE_EQ(claim.published.at(0).value, 2);
}

TEST_F(ClaimSpecTest, AVerdictCannotBeGivenByHand) {
  EXPECT_THAT(error_of(replaced("    where:", "    verdict: reproduced\n    where:")),
              HasSubstr("claims.yaml:5:5: 'verdict' cannot be given"));
}

TEST_F(ClaimSpecTest, MistakesAreNamedAtTheirPlace) {
  EXPECT_THAT(error_of(replaced("label:", "labl:")),
              AllOf(HasSubstr("claims.yaml:6:5: unknown key 'labl' in a claim; did you mean "
                              "'label'?"),
                    HasSubstr("claims.yaml:3:5: a claim needs the key 'label'")));
  EXPECT_THAT(error_of(replaced("[ours, spts]", "[]")),
              HasSubstr("claims.yaml:6:12: 'label' is an empty list"));
  EXPECT_THAT(error_of(replaced("speedup_ttft", "speedup_tft")),
              HasSubstr("claims.yaml:8:12: unknown figure 'speedup_tft'; did you mean"));
  EXPECT_THAT(error_of(replaced("row: ours", "row: theirs")),
              HasSubstr("claims.yaml:9:17: A paper reports no figure for SmolLM2, theirs, TTFT"));
  EXPECT_THAT(error_of(std::string(kClaim) +
                       std::string(kClaim).substr(std::string(kClaim).find("  - id"))),
              HasSubstr("claims.yaml:10:5: a second claim 'faster'"));
  EXPECT_THAT(error_of("published: paper.yaml\nclaims: []\n"),
              HasSubstr("claims.yaml:2:9: 'claims' must be a list that is not empty"));
  EXPECT_THAT(error_of("published: none.yaml\nclaims: []\n"), HasSubstr("none.yaml"));
}

TEST(ShippedClaims, AllLoadAndTheirBoundsOfOneFigureAreThatFigureAsRounded) {
  const std::vector<std::filesystem::path> files = claims_files("all");
  ASSERT_EQ(files.size(), 2u);
  size_t of_one_figure = 0;
  for (const auto& file : files) {
    const ClaimsSpec spec = load_claims(file);
    EXPECT_THAT(spec.source, HasSubstr(file.stem().string()));
    for (const ClaimSpec& claim : spec.claims) {
      EXPECT_LE(claim.sentence.size(), 90u) << claim.id << ": rows have one line for it";
      const bool is_time = facts_of(claim.holds.at(0).figure).is_time();
      if (claim.published.size() != 1 || !is_time) continue;
      ++of_one_figure;
      // Printed with two decimals: what rounds to the figure holds.
      EXPECT_DOUBLE_EQ(claim.holds[0].bound, claim.published[0].value - 0.005) << claim.id;
    }
  }
  EXPECT_GE(of_one_figure, 7u);
}

}  // namespace
}  // namespace skipbench
