#include "harness/statistics/student_t.h"

#include <gtest/gtest.h>

#include <array>
#include <tuple>

#include "harness/statistics/normal_distribution.h"

namespace skipbench {
namespace {

// scipy.stats.t.ppf
TEST(StudentT, QuantilesEqualSciPy) {
  constexpr std::array<std::tuple<double, int64_t, double>, 8> kQuantiles{{
      {0.975, 1, 12.706204736174707},
      {0.975, 2, 4.3026527297494637},
      {0.975, 3, 3.1824463052837084},
      {0.975, 4, 2.7764451051977934},
      {0.975, 7, 2.3646242515927849},
      {0.975, 100, 1.9839715185235521},
      {0.9, 5, 1.4758840488244818},
      {0.025, 39, -2.0226909200367604},
  }};
  for (const auto& [p, degrees, value] : kQuantiles) {
    EXPECT_NEAR(student_t_quantile(p, degrees), value, 1e-11) << degrees;
  }
}

TEST(StudentT, NearsTheNormalDistribution) {
  EXPECT_NEAR(student_t_quantile(0.975, 1'000'000), normal_quantile(0.975), 1e-5);
}

}  // namespace
}  // namespace skipbench
