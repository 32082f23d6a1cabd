#include "kernels/model/prefill/residual_stream.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "kernels/ops/rows/rms_norm.h"
#include "tests/kernels/model/support/stream_pair.h"

namespace skipbench::test {
namespace {

TEST(ResidualStream, UpdatesThatWaitForANormGiveTheSumsOfUpdatesAddedAtOnce) {
  expect_same_as_added_at_once(at::TensorOptions(at::kFloat));
}

TEST(ResidualStream, ANormOfSomeRowsSeesUpdatesOfOthers) {
  const at::Tensor x = at::randn({5, 8}), update = at::randn({2, 8}), weight = at::rand({8});
  const TokenRows updated = TokenRows::of(at::tensor({1L, 4L}), 5);
  ResidualStream stream(x.clone());
  stream.add(updated, update);
  const at::Tensor expected = x.index_add(0, at::tensor({1L, 4L}), update);
  const TokenRows asked = TokenRows::of(at::tensor({0L, 4L}), 5);
  EXPECT_TRUE(
      at::equal(stream.norm(asked, weight, 1e-5),
                ops::rms_norm(expected.index_select(0, at::tensor({0L, 4L})), weight, 1e-5)));
  EXPECT_TRUE(at::equal(stream.hidden(), expected));
}

TEST(ResidualStream, RowsThatLeaveTakeTheirUpdatesAlong) {
  const at::Tensor x = at::randn({4, 8}), update = at::randn({4, 8});
  ResidualStream stream(x.clone());
  stream.add(TokenRows::all(4), update);
  stream.keep(TokenRows::of(at::tensor({0L, 3L}), 4));
  EXPECT_EQ(stream.live(), 2);
  EXPECT_TRUE(at::equal(stream.hidden(), (x + update).index_select(0, at::tensor({0L, 3L}))));
}

}  // namespace
}  // namespace skipbench::test
