#include "harness/search/bisection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

namespace skipbench {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

using Curve = std::function<Probe(double factor)>;

// What a setting of factor x would measure: value(x), and less work the smaller the factor.
Curve curve(const std::function<double(double)>& value, double standard_error = 0) {
  return [=](double factor) {
    return Probe{.factor = factor,
                 .value = value(factor),
                 .standard_error = standard_error,
                 .ideal_speedup = 2 / (1 + factor)};
  };
}

struct Search {
  std::vector<Probe> probes;
  Conclusion end;
  const Probe& chosen() const { return probes.at(end.chosen.value()); }
};

Search run_search(const Goal& goal, const SearchRange& range, const Curve& measured) {
  Search search;
  for (;;) {
    const SearchStep step = next_step(goal, range, search.probes);
    if (const auto* end = std::get_if<Conclusion>(&step)) {
      search.end = *end;
      return search;
    }
    search.probes.push_back(measured(std::get<double>(step)));
    if (search.probes.size() > 100) {
      ADD_FAILURE() << "the search does not end";
      return search;
    }
  }
}

Goal at_most(double limit) {
  return {.kind = Goal::Kind::kAtMost, .value = limit};
}

Goal equal_to(double value, double tolerance) {
  return {.kind = Goal::Kind::kEqual,
          .figure = SearchFigure::kIdealSpeedup,
          .value = value,
          .tolerance = tolerance};
}

TEST(Bisection, FindsTheLimitOfEveryFallingCurveWithinTheTolerance) {
  const SearchRange range{.low = 0.1, .high = 5, .tolerance = 0.03, .steps = 20};
  for (const double power : {0.3, 1.0, 3.0}) {
    for (double edge = 0.11; edge < 4.9; edge *= 1.07) {  // where the curve crosses the limit
      SCOPED_TRACE(testing::Message() << "power " << power << ", edge " << edge);
      const auto falling = [&](double x) { return 0.05 * std::pow(edge / x, power); };
      const Search search = run_search(at_most(0.05), range, curve(falling));
      ASSERT_EQ(search.end.verdict, Verdict::kFound);
      EXPECT_FALSE(search.end.out_of_steps);
      EXPECT_GE(search.chosen().factor, edge * (1 - 1e-3));
      EXPECT_LE(search.chosen().factor, edge * 1.032);
      EXPECT_LE(std::ssize(search.probes), most_steps(at_most(0.05), range));
    }
  }
}

TEST(Bisection, SeesFromTheCountedWorkThatALargerFactorSkipsMore) {
  const SearchRange range{.low = 0.1, .high = 5};
  const Curve rising = [](double x) {
    return Probe{.factor = x, .value = x, .standard_error = 0.0, .ideal_speedup = 1 + x};
  };
  const Search search = run_search(at_most(0.8), range, rising);
  ASSERT_EQ(search.end.verdict, Verdict::kFound);
  EXPECT_LE(search.chosen().factor, 0.8);
  EXPECT_GE(search.chosen().factor, 0.8 / 1.06);
}

Goal at_most(double limit, std::vector<Saving> least) {
  Goal goal = at_most(limit);
  goal.least = std::move(least);
  return goal;
}

// A cache of share x / 5 of all rows. The method's own probe adds prefill work, except at the end
// where it keeps everything and asks nothing.
Probe cache_method(double x) {
  return {.factor = x,
          .value = 1 / x,
          .standard_error = 0.0,
          .ideal_speedup = x < 5 ? 0.99 : 1.0,
          .kv_ratio = x / 5,
          .decode_kv_share = x / 5};
}

TEST(Bisection, FindsTheSmallestCacheThatHoldsThoughTheWholeOneNeedsLessPrefillWork) {
  for (const std::vector<Saving>& least :
       {std::vector{Saving::kCache}, std::vector{Saving::kDecodeRows},
        std::vector{Saving::kPrefillWork, Saving::kCache}}) {
    const Search search = run_search(at_most(2, least), {.low = 0.1, .high = 5}, cache_method);
    ASSERT_EQ(search.end.verdict, Verdict::kFound);
    EXPECT_GE(search.chosen().factor, 0.5);
    EXPECT_LE(search.chosen().factor, 0.53);
  }
}

TEST(Bisection, ComparesSettingsByTheSavingInWhichTheEndsDifferMost) {
  const Goal goal = at_most(2, {Saving::kPrefillWork, Saving::kCache});
  const std::vector<Probe> cache{cache_method(5), cache_method(0.1)};
  EXPECT_EQ(deciding_saving(goal, cache), Saving::kCache);
  const std::vector<Probe> work{{.factor = 5, .kv_ratio = 0.9},
                                {.factor = 0.1, .ideal_speedup = 2}};
  EXPECT_EQ(deciding_saving(goal, work), Saving::kPrefillWork);
}

TEST(Bisection, ChoosesNothingWhereNoSettingSavesMoreThanAnother) {
  const Search search =
      run_search(at_most(100, {Saving::kDecodeFfns}), {.low = 0.1, .high = 5}, cache_method);
  EXPECT_EQ(search.end.verdict, Verdict::kNothingSaved);
  EXPECT_FALSE(search.end.chosen);
  EXPECT_EQ(search.probes.size(), 2u);
}

TEST(Bisection, SaysThatATargetIsOutOfReachAfterBothEnds) {
  const Search search = run_search(at_most(0.05), {}, curve([](double) { return 0.0500001; }));
  EXPECT_EQ(search.end.verdict, Verdict::kUnreachable);
  EXPECT_FALSE(search.end.chosen);
  EXPECT_EQ(search.probes.size(), 2u);
}

TEST(Bisection, ChoosesTheTightestEndWhereTheTargetHoldsEverywhere) {
  const Search search = run_search(at_most(0.05), {}, curve([](double) { return 0.05; }));
  EXPECT_EQ(search.end.verdict, Verdict::kHoldsAtEnd);
  EXPECT_EQ(search.chosen().factor, 0.1);
  EXPECT_EQ(search.probes.size(), 2u);
}

TEST(Bisection, ChoosesASettingThatHoldsUnderAnyNoise) {
  for (int seed = 0; seed < 200; ++seed) {
    const auto noisy = [&](double x) {
      return 0.05 / x + 0.02 * std::sin(1000.0 * x + seed);  // as large as the slope near 1
    };
    const Search search = run_search(at_most(0.05), {.low = 0.2, .high = 5}, curve(noisy));
    ASSERT_TRUE(search.end.chosen) << seed;
    EXPECT_LE(*search.chosen().value, 0.05);
    for (const Probe& probe : search.probes) {  // no faster one that was tried holds
      if (probe.factor < search.chosen().factor) {
        EXPECT_GT(*probe.value, 0.05);
      }
    }
  }
}

TEST(Bisection, StopsWhenItsStepsAreSpentAndSaysSo) {
  const SearchRange range{.low = 0.1, .high = 10, .tolerance = 0.01, .steps = 4};
  const Search search = run_search(at_most(1), range, curve([](double x) { return 1 / x; }));
  EXPECT_EQ(search.probes.size(), 4u);
  EXPECT_TRUE(search.end.out_of_steps);
  EXPECT_EQ(search.chosen().factor, 1);
}

TEST(Bisection, ASettingWithoutAFigureDoesNotHold) {
  const Curve fails_when_tight = [](double x) {
    Probe probe = curve([](double) { return 0.0; })(x);
    if (x < 1) probe.value.reset();
    return probe;
  };
  const Search search = run_search(at_most(0.05), {.low = 0.1, .high = 5}, fails_when_tight);
  ASSERT_EQ(search.end.verdict, Verdict::kFound);
  EXPECT_GE(search.chosen().factor, 1);
  EXPECT_LE(search.chosen().factor, 1.06);
  const Curve never = [](double x) { return Probe{.factor = x, .why = "oom"}; };
  EXPECT_EQ(run_search(at_most(0.05), {}, never).end.verdict, Verdict::kNoFigure);
  EXPECT_EQ(run_search(equal_to(1, 0.1), {}, never).end.verdict, Verdict::kNoFigure);
}

TEST(Bisection, ReachesEveryValueOfAMonotoneFigure) {
  const SearchRange range{.low = 0.1, .high = 10, .steps = 20};
  for (double value = 1.01; value < 9.9; value += 0.13) {
    const Search falling =
        run_search(equal_to(value, 0.01), range, curve([](double x) { return 10 / (0.9 + x); }));
    ASSERT_EQ(falling.end.verdict, Verdict::kFound) << value;
    EXPECT_NEAR(*falling.chosen().value, value, 0.01 + 1e-9);
    const Search rising =
        run_search(equal_to(value, 0.01), range, curve([](double x) { return x; }));
    ASSERT_EQ(rising.end.verdict, Verdict::kFound) << value;
    EXPECT_NEAR(rising.chosen().factor, value, 0.01 + 1e-9);
  }
}

TEST(Bisection, TakesTheNearestSettingOfAFigureThatMovesInSteps) {
  const auto steps = [](double x) { return std::floor(4 * x) / 4; };
  const Search search =
      run_search(equal_to(1.6, 0.02), {.low = 0.5, .high = 4, .steps = 30}, curve(steps));
  EXPECT_EQ(search.end.verdict, Verdict::kNotExact);
  EXPECT_FALSE(search.end.out_of_steps);
  EXPECT_EQ(*search.chosen().value, 1.5);
}

TEST(Bisection, SaysThatAValueLiesOutsideOfTheRange) {
  const Curve identity = curve([](double x) { return x; });
  for (const double value : {0.05, 12.0}) {
    const Search search = run_search(equal_to(value, 0.01), {}, identity);
    EXPECT_EQ(search.end.verdict, Verdict::kUnreachable);
    EXPECT_EQ(search.probes.size(), 2u);
  }
}

TEST(Bisection, EndsAtOnceWhereTheFirstSettingReachesTheValue) {
  const Search search = run_search(equal_to(10, 0.01), {}, curve([](double x) { return x; }));
  EXPECT_EQ(search.end.verdict, Verdict::kFound);
  EXPECT_EQ(search.probes.size(), 1u);
}

TEST(Bisection, ARangeOfOneSettingIsTriedOnce) {
  const Curve identity = curve([](double x) { return x; });
  const SearchRange one{.low = 2, .high = 2};
  EXPECT_EQ(run_search(at_most(3), one, identity).end.verdict, Verdict::kHoldsAtEnd);
  EXPECT_EQ(run_search(at_most(1), one, identity).end.verdict, Verdict::kUnreachable);
  EXPECT_EQ(run_search(equal_to(2, 0.1), one, identity).end.verdict, Verdict::kFound);
  EXPECT_EQ(most_steps(at_most(3), one), 1);
}

TEST(Bisection, NeverTriesASettingTwice) {
  for (double edge = 0.1; edge < 10; edge *= 1.01) {
    const Search search = run_search(at_most(1), {.tolerance = 0.002, .steps = 40},
                                     curve([&](double x) { return edge / x; }));
    for (size_t i = 0; i < search.probes.size(); ++i) {
      for (size_t j = 0; j < i; ++j) EXPECT_NE(search.probes[i].factor, search.probes[j].factor);
    }
  }
}

Probe measured(double factor, double value, double standard_error) {
  return {.factor = factor, .value = value, .standard_error = standard_error};
}

TEST(Inversions, AreStepsAgainstTheWayOfTheWholeBeyondTheNoise) {
  const std::vector<Probe> probes{measured(4, 0.01, 0.002), measured(0.1, 0.9, 0.002),
                                  measured(1, 0.2, 0.002), measured(2, 0.3, 0.002)};
  EXPECT_THAT(inversions(probes), ElementsAre(Pair(2, 3)));
}

TEST(Inversions, AreNoneWithinTheNoiseNorOnAMonotoneOrFlatCurve) {
  const std::vector<Probe> noisy{measured(4, 0.01, 0.1), measured(0.1, 0.9, 0.1),
                                 measured(1, 0.2, 0.1), measured(2, 0.3, 0.1)};
  EXPECT_THAT(inversions(noisy), IsEmpty());
  const std::vector<Probe> falling{measured(4, 1, 0), measured(1, 3, 0), measured(2, 2, 0)};
  EXPECT_THAT(inversions(falling), IsEmpty());
  const std::vector<Probe> flat{measured(4, 1, 0), measured(1, 1, 0), measured(2, 1, 0)};
  EXPECT_THAT(inversions(flat), IsEmpty());
}

TEST(Inversions, SeeABumpBetweenEqualEnds) {
  const std::vector<Probe> bump{measured(1, 1, 0), measured(2, 3, 0), measured(4, 1, 0)};
  EXPECT_THAT(inversions(bump), ElementsAre(Pair(1, 2)));
}

}  // namespace
}  // namespace skipbench
