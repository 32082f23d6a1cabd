#include "harness/summary/layer_shares.h"

#include <gtest/gtest.h>

#include "harness/store/queries.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/stored_rows.h"

namespace skipbench {
namespace {

std::vector<LayerShares> shares_of(const std::vector<SampleRow>& rows) {
  const ScratchFolder folder;
  const PlannedCell cell = example_cell("spts", 1);
  {
    Store store(folder / "a.db");
    const int64_t run = store.begin_run(example_run());
    store.plan_cells(std::vector{cell});
    store.write(run, rows);
  }
  return StoreReader(folder / "a.db").layer_shares(cell);
}

SampleRow row_with(const std::string& sample, int64_t tokens, std::vector<LayerCounts> layers) {
  SampleRow row = example_row(example_cell("spts", 1), sample);
  row.prompt_tokens = tokens;
  row.layers = std::move(layers);
  return row;
}

TEST(LayerShares, AreMeansOverSamplesOfSharesOfEachPrompt) {
  // Equal layers in a row are stored as one run.
  const auto shares = shares_of(
      {row_with("0", 1000,
                {{1000, 1000, 1000, 1000}, {1000, 1000, 1000, 1000}, {500, 250, 400, 100}}),
       row_with("1", 100, {{100, 100, 100, 100}, {100, 50, 100, 100}, {100, 75, 60, 20}})});
  ASSERT_EQ(shares.size(), 3u);
  EXPECT_DOUBLE_EQ(shares[0].ffn, 1);
  EXPECT_DOUBLE_EQ(shares[1].ffn, 0.75);
  EXPECT_DOUBLE_EQ(shares[2].attention, 0.75);
  EXPECT_DOUBLE_EQ(shares[2].ffn, 0.5);
  EXPECT_DOUBLE_EQ(shares[2].alive, 0.5);
  EXPECT_DOUBLE_EQ(shares[2].kv, 0.15);
}

TEST(LayerShares, RowsThatDidNotEndWellDoNotCount) {
  SampleRow failed = row_with("1", 1000, {{10, 10, 10, 10}});
  failed.status = RowStatus::kOom;
  const auto shares = shares_of({row_with("0", 1000, {{500, 500, 500, 500}}), failed});
  ASSERT_EQ(shares.size(), 1u);
  EXPECT_DOUBLE_EQ(shares[0].kv, 0.5);
}

TEST(LayerShares, AreEmptyWithoutRows) {
  EXPECT_TRUE(shares_of({}).empty());
}

}  // namespace
}  // namespace skipbench
