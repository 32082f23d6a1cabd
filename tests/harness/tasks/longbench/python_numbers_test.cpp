#include "harness/tasks/longbench/python_numbers.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

// Expected values are what Python 3.11 and NumPy 2.4 print.
namespace skipbench {
namespace {

TEST(PythonRepr, PrintsTheFewestDigitsThatRoundTrip) {
  EXPECT_EQ(python_repr(0.8571428571428571), "0.8571428571428571");
  EXPECT_EQ(python_repr(0.1 + 0.2), "0.30000000000000004");
  EXPECT_EQ(python_repr(0.999999995), "0.999999995");
  EXPECT_EQ(python_repr(44.93), "44.93");
}

TEST(PythonRepr, AlwaysShowsThatItIsAFloat) {
  EXPECT_EQ(python_repr(0), "0.0");
  EXPECT_EQ(python_repr(-0.0), "-0.0");
  EXPECT_EQ(python_repr(1), "1.0");
  EXPECT_EQ(python_repr(100), "100.0");
  EXPECT_EQ(python_repr(-2.5), "-2.5");
}

TEST(PythonRepr, TakesAnExponentBelowATenThousandthAndFromTenToTheSixteenth) {
  EXPECT_EQ(python_repr(0.0001), "0.0001");
  EXPECT_EQ(python_repr(0.00012), "0.00012");
  EXPECT_EQ(python_repr(0.00001), "1e-05");
  EXPECT_EQ(python_repr(1.25e-5), "1.25e-05");
  EXPECT_EQ(python_repr(1e15), "1000000000000000.0");
  EXPECT_EQ(python_repr(1e16), "1e+16");
  EXPECT_EQ(python_repr(5e-324), "5e-324");
}

TEST(PythonRound, RoundsTheExactValueAndTiesToEven) {
  EXPECT_EQ(python_round_2(2.675), 2.67);  // the double lies below
  EXPECT_EQ(python_round_2(0.125), 0.12);
  EXPECT_EQ(python_round_2(0.375), 0.38);
  EXPECT_EQ(python_round_2(44.926245), 44.93);
  EXPECT_EQ(python_round_2(100), 100);
  EXPECT_TRUE(std::isnan(python_round_2(std::numeric_limits<double>::quiet_NaN())));
}

TEST(NumpyRound, RoundsTheProductWithAHundred) {
  EXPECT_EQ(numpy_round_2(2.675), 2.68);
  EXPECT_EQ(numpy_round_2(0.125), 0.12);
  EXPECT_TRUE(std::isnan(numpy_round_2(std::numeric_limits<double>::quiet_NaN())));
}

TEST(NumpyMean, AddsInPairsWherePlainSummationRoundsOtherwise) {
  const std::vector<double> tenths(10, 0.1);
  // Eight lanes of 0.1 give 0.8, and two more 1.0; one after the other they give
  // 0.9999999999999999.
  EXPECT_EQ(numpy_mean(tenths), 0.1);
  const std::vector<double> many(300, 0.1);  // numpy.mean([0.1] * 300)
  EXPECT_EQ(python_repr(numpy_mean(many)), "0.09999999999999999");
  EXPECT_TRUE(std::isnan(numpy_mean({})));
}

}  // namespace
}  // namespace skipbench
