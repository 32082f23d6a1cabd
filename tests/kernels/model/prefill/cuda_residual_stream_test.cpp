#include <gtest/gtest.h>

#include "tests/kernels/model/support/stream_pair.h"

namespace skipbench::test {
namespace {

class CudaResidualStream : public testing::TestWithParam<at::ScalarType> {};

TEST_P(CudaResidualStream, UpdatesThatWaitForANormGiveTheSumsOfUpdatesAddedAtOnce) {
  if (!at::hasCUDA()) GTEST_SKIP() << "no CUDA device on this machine";
  expect_same_as_added_at_once(at::TensorOptions(at::kCUDA).dtype(GetParam()));
}

INSTANTIATE_TEST_SUITE_P(CudaTypes, CudaResidualStream,
                         testing::Values(at::kFloat, at::kHalf, at::kBFloat16));

}  // namespace
}  // namespace skipbench::test
