#include "kernels/ops/rows/top_k.h"

#include "tests/kernels/ops/support/cuda_check.h"

namespace skipbench::ops {
namespace {

using test::expect_equal;
using test::on_cuda;
using test::random;

// The CPU's stable sort is the reference: the same ranks, not just equal scores.
void expect_ranks_of_the_cpu(const at::Tensor& scores, int64_t k, const ForcedRanks& forced = {}) {
  std::vector<int64_t> shape = scores.sizes().vec();
  shape.back() = k;
  test::poison(shape, on_cuda(at::kLong));
  expect_equal(top_k_rows(scores, k, forced).cpu(), top_k_rows(scores.cpu(), k, forced));
}

std::vector<int64_t> some_k(int64_t count) {
  std::vector<int64_t> all;
  for (const int64_t k : {int64_t{1}, int64_t{2}, count / 3, count - 1, count}) {
    if (k >= 1 && k <= count) all.push_back(k);
  }
  return all;
}

class CudaTopK : public test::CudaTestWith<int64_t> {};

TEST_P(CudaTopK, ChoosesWhatTheCpuChooses) {
  const at::Tensor scores = random({GetParam()}, at::kFloat);
  for (const int64_t k : some_k(GetParam())) expect_ranks_of_the_cpu(scores, k);
}

TEST_P(CudaTopK, ChoosesAmongAttentionScoresOfLikeMagnitude) {
  const at::Tensor scores = at::softmax(random({GetParam()}, at::kFloat), 0);
  for (const int64_t k : some_k(GetParam())) expect_ranks_of_the_cpu(scores, k);
}

TEST_P(CudaTopK, GivesTiesToTheLowerRank) {
  const at::Tensor few = at::randint(-2, 3, {GetParam()}, on_cuda(at::kFloat));
  const at::Tensor one = at::full({GetParam()}, -0.5, on_cuda(at::kFloat));
  for (const int64_t k : some_k(GetParam())) {
    expect_ranks_of_the_cpu(few, k);
    expect_ranks_of_the_cpu(one, k);
  }
}

TEST_P(CudaTopK, PutsNaNWithMinusInfinityAndZerosTogether) {
  const at::Tensor kinds =
      at::tensor({NAN, -INFINITY, INFINITY, 0.F, -0.F, 1e-40F, -1e-40F, 1.F}, on_cuda(at::kFloat));
  const at::Tensor scores =
      kinds.index_select(0, at::randint(kinds.size(0), {GetParam()}, on_cuda(at::kLong)));
  for (const int64_t k : some_k(GetParam())) expect_ranks_of_the_cpu(scores, k);
}

TEST_P(CudaTopK, ForcedRanksComeBeforeAllOthers) {
  const int64_t count = GetParam();
  const at::Tensor scores = random({count}, at::kFloat);
  scores.narrow(0, 0, (count + 1) / 2).fill_(INFINITY);
  scores.narrow(0, count - 1, 1).fill_(NAN);
  for (const int64_t k : some_k(count)) {
    for (const ForcedRanks& forced : {ForcedRanks{0, 1}, ForcedRanks{k / 3, k - k / 3}}) {
      expect_ranks_of_the_cpu(scores, k, forced);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(CudaSizes, CudaTopK,
                         ::testing::Values(1, 2, 31, 33, 1023, 1024, 1025, 8192, 8193, 32767, 32768,
                                           32769, 65537, 131072, 1048576));

using CudaTopKRows = test::CudaTest;

TEST_F(CudaTopKRows, ChoosesInEachRowByItself) {
  for (const int64_t tokens : {70, 5000, 40000}) {
    expect_ranks_of_the_cpu(random({32, tokens}, at::kFloat), 64);
    expect_ranks_of_the_cpu(random({3, tokens + 9}, at::kFloat).narrow(1, 4, tokens), 64);
  }
}

TEST_F(CudaTopKRows, TakesHalfPrecision) {
  for (const at::ScalarType dtype : {at::kHalf, at::kBFloat16}) {
    expect_ranks_of_the_cpu(random({3000}, dtype), 500);
  }
}

TEST_F(CudaTopKRows, IsTheSameInEveryRun) {
  const at::Tensor scores = at::randint(0, 50, {32768}, on_cuda(at::kFloat));
  const at::Tensor first = top_k_rows(scores, 9000);
  for (int i = 0; i < 20; ++i) expect_equal(top_k_rows(scores, 9000), first);
}

}  // namespace
}  // namespace skipbench::ops
