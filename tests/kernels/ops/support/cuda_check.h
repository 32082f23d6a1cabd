#pragma once

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

namespace skipbench::ops::test {

/// Skips visibly where there is no GPU.
class CudaTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!at::hasCUDA()) GTEST_SKIP() << "no CUDA device on this machine";
  }
};

template <class Parameters>
class CudaTestWith : public ::testing::TestWithParam<Parameters> {
 protected:
  void SetUp() override {
    if (!at::hasCUDA()) GTEST_SKIP() << "no CUDA device on this machine";
  }
};

inline at::TensorOptions on_cuda(at::ScalarType dtype) {
  return at::TensorOptions(at::Device(at::kCUDA, 0)).dtype(dtype);
}

inline constexpr double kNormEpsilon = 1e-5;

/// Normally distributed, new at each call.
inline at::Tensor random(at::IntArrayRef shape, at::ScalarType dtype) {
  return at::randn(shape, on_cuda(at::kFloat)).to(dtype);
}

/// `count` ranks of 0..among-1, ascending and unique, drawn anew at each call: [count] int64.
inline at::Tensor random_rows(int64_t count, int64_t among) {
  const at::Tensor drawn = at::randperm(among, on_cuda(at::kLong)).narrow(0, 0, count);
  return std::get<0>(at::sort(drawn));
}

/// Leaves blocks full of NaN (in an integer type: of all bits set) to the allocator, so that an
/// element that a kernel forgot to write shows.
inline void poison(at::IntArrayRef shape, at::TensorOptions options) {
  std::vector<at::Tensor> blocks;
  for (int i = 0; i < 4; ++i) {
    blocks.push_back(at::empty(shape, options));
    if (c10::isIntegralType(options.dtype().toScalarType(), false)) {
      blocks.back().fill_(-1);
    } else {
      blocks.back().fill_(std::numeric_limits<double>::quiet_NaN());
    }
  }
}

/// The distance from 1 to the next number of the type.
inline double epsilon_of(at::ScalarType dtype) {
  if (dtype == at::kBFloat16) return 0x1p-7;
  if (dtype == at::kHalf) return 0x1p-10;
  return 0x1p-23;
}

/// `result` errs against `exact` (fp64) at most twice as much as `reference`, LibTorch's expression
/// in the same dtype, plus one unit in the last place of the output.
inline void expect_as_close_as(const at::Tensor& result, const at::Tensor& reference,
                               const at::Tensor& exact) {
  ASSERT_EQ(result.sizes(), exact.sizes());
  ASSERT_EQ(result.scalar_type(), reference.scalar_type());
  if (exact.numel() == 0) return;
  const at::Tensor error = (result.to(at::kDouble) - exact).abs();
  const double allowed = 2 * (reference.to(at::kDouble) - exact).abs().max().item<double>();
  const at::Tensor last_place = exact.abs() * epsilon_of(result.scalar_type());
  EXPECT_LE((error - last_place).max().item<double>(), allowed)
      << "largest error " << error.max().item<double>() << ", LibTorch's " << allowed / 2;
}

/// Outputs of several draws, judged together. Of a handful LibTorch's largest error may be next to
/// nothing by chance; twice that would bound luck, not arithmetic.
class Outputs {
 public:
  static constexpr int64_t kEnough = 256;

  void add(const at::Tensor& result, const at::Tensor& reference, const at::Tensor& exact) {
    results_.push_back(result.flatten());
    references_.push_back(reference.flatten());
    exact_.push_back(exact.flatten());
  }
  void expect_as_close_as_libtorch() const {
    expect_as_close_as(at::cat(results_), at::cat(references_), at::cat(exact_));
  }

 private:
  std::vector<at::Tensor> results_, references_, exact_;
};

inline void expect_equal(const at::Tensor& a, const at::Tensor& b) {
  EXPECT_TRUE(at::equal(a, b)) << a.sizes() << " and " << b.sizes();
}

inline std::string dtype_name(at::ScalarType dtype) {
  return c10::toString(dtype);
}

inline constexpr at::ScalarType kDtypes[] = {at::kFloat, at::kHalf, at::kBFloat16};

}  // namespace skipbench::ops::test
