#include "kernels/ops/device/slow_path.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "kernels/base/error.h"
#include "kernels/ops/attention/attention.h"
#include "kernels/ops/rows/row_buffer.h"
#include "kernels/ops/sparse/sparse_attention.h"
#include "tests/kernels/ops/support/cpu_tensors.h"

namespace skipbench::ops {
namespace {

SparsePattern everything(int64_t heads, int64_t tokens) {
  return {.blocks = at::ones({heads, query_blocks(tokens), key_blocks(tokens)}, at::kBool),
          .columns = {}};
}

TEST(SlowPaths, NameBlockSparseAttentionOnTheCpuWhichIsALoop) {
  SlowPaths slow;
  const at::Tensor q = at::randn({70, 2, 8}), kv = at::randn({70, 1, 8});
  causal_attention(q, kv, kv);
  EXPECT_EQ(slow.take(), "") << "dense attention on the CPU is as fast as it is meant to be";
  sparse_attention(q, kv, kv, everything(2, 70));
  sparse_attention(q, kv, kv, everything(2, 70));
  EXPECT_EQ(slow.take(), "sparse_attention: no kernel for the CPU");
  EXPECT_EQ(slow.take(), "");
}

TEST(SlowPaths, GoToTheYoungestCollector) {
  note_slow_path("nobody", "collects");
  SlowPaths outer;
  note_slow_path("b", "two");
  {
    SlowPaths inner;
    note_slow_path("c", "three");
    EXPECT_EQ(inner.take(), "c: three");
  }
  note_slow_path("a", "one");
  EXPECT_EQ(outer.take(), "a: one; b: two");
}

TEST(SlowPaths, AreNoneOfTensorsThatKernelsAreNotMeantFor) {
  SlowPaths slow;
  note_no_kernel("gather_rows", at::arange(3));
  note_no_kernel("gather_rows", at::ones({3, 2}));
  EXPECT_EQ(slow.take(), "");
}

TEST(SparseAttention, RefusesAPatternUnderWhichAQuerySeesNothing) {
  const at::Tensor q = at::randn({200, 2, 8}), kv = at::randn({200, 1, 8});
  SparsePattern pattern = everything(2, 200);
  pattern.blocks[1][1].fill_(false);  // of the second block of queries
  EXPECT_THROW(sparse_attention(q, kv, kv, pattern), ContractError);
  pattern.columns = at::tensor({int64_t{0}, int64_t{150}, int64_t{128}, int64_t{150}}).view({2, 2});
  EXPECT_NO_THROW(sparse_attention(q, kv, kv, pattern)) << "a column is a key as well";
  pattern.columns = at::tensor({int64_t{0}, int64_t{150}, int64_t{129}, int64_t{150}}).view({2, 2});
  EXPECT_THROW(sparse_attention(q, kv, kv, pattern), ContractError);
}

TEST(PaddedToPlan, RefusesRoomThatIsNotThere) {
  const at::Tensor wide = at::ones({200, 6});
  const at::Tensor rows = wide.narrow(0, 0, 70);
  EXPECT_THROW(padded_to_plan(rows, /*room=*/true), ContractError) << "other rows lie there";
  EXPECT_THROW(padded_to_plan(at::ones({70, 6}), /*room=*/true), ContractError);
  EXPECT_EQ(padded_to_plan(rows, /*room=*/false).size(0), planned_rows(70));
  EXPECT_TRUE(wide.eq(1).all().item<bool>());

  const at::Tensor buffer = at::ones({planned_rows(70), 6});
  const at::Tensor padded = padded_to_plan(buffer.narrow(0, 0, 70).narrow(1, 2, 3), true);
  EXPECT_EQ(padded.sizes(), (std::vector<int64_t>{planned_rows(70), 3}));
  EXPECT_EQ(padded.narrow(0, 70, planned_rows(70) - 70).count_nonzero().item<int64_t>(), 0);
}

}  // namespace
}  // namespace skipbench::ops
