#include "harness/search/bisection.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

#include "kernels/base/error.h"

namespace skipbench {
namespace {

bool holds(const Goal& goal, const Probe& probe) {
  return probe.value && *probe.value <= goal.value;
}

// How far a probe is from a value to be reached, with its sign.
double distance(const Goal& goal, const Probe& probe) {
  return *probe.value - goal.value;
}

bool hits(const Goal& goal, const Probe& probe) {
  // The last digit of a decimal tolerance is not lost to binary fractions.
  return probe.value && std::abs(distance(goal, probe)) <= goal.tolerance + 1e-12;
}

double relative_difference(double a, double b) {
  return a == b ? 0 : std::abs(a - b) / std::max(a, b);
}

// The factor between two probes, or the conclusion when they are near enough.
SearchStep between(const SearchRange& range, std::span<const Probe> probes, size_t one,
                   size_t other, double tolerance, Conclusion conclusion) {
  const auto [low, high] = std::minmax(probes[one].factor, probes[other].factor);
  if (high <= low * (1 + tolerance)) return conclusion;
  const double middle = rounded_factor(std::sqrt(low * high));
  if (middle <= low || middle >= high) return conclusion;
  if (std::ssize(probes) < range.steps) return middle;
  conclusion.out_of_steps = true;
  return conclusion;
}

SearchStep next_within(const Goal& goal, const SearchRange& range, std::span<const Probe> probes) {
  const Saving least = deciding_saving(goal, probes);
  const double first = share_of(least, probes[0]), second = share_of(least, probes[1]);
  size_t loose = 0, tight = 1;
  if (first < second) std::swap(loose, tight);
  if (!probes[loose].value) return Conclusion{Verdict::kNoFigure, loose};
  if (first == second) return Conclusion{Verdict::kNothingSaved};
  if (!holds(goal, probes[loose])) return Conclusion{Verdict::kUnreachable};
  if (holds(goal, probes[tight])) return Conclusion{Verdict::kHoldsAtEnd, tight};
  for (size_t i = 2; i < probes.size(); ++i) (holds(goal, probes[i]) ? loose : tight) = i;
  return between(range, probes, loose, tight, range.tolerance, {Verdict::kFound, loose});
}

size_t nearest_to(const Goal& goal, std::span<const Probe> probes) {
  const auto nearest =
      std::min_element(probes.begin(), probes.end(), [&](const Probe& a, const Probe& b) {
        return std::abs(distance(goal, a)) < std::abs(distance(goal, b));
      });
  return static_cast<size_t>(nearest - probes.begin());
}

SearchStep next_towards(const Goal& goal, const SearchRange& range, std::span<const Probe> probes) {
  for (size_t i = 0; i < probes.size(); ++i) {
    if (!probes[i].value) return Conclusion{Verdict::kNoFigure, i};
    if (hits(goal, probes[i])) return Conclusion{Verdict::kFound, i};
  }
  const auto side = [&](size_t i) { return distance(goal, probes[i]) > 0; };
  size_t one = 0, other = 1;
  if (side(one) == side(other)) return Conclusion{Verdict::kUnreachable};
  for (size_t i = 2; i < probes.size(); ++i) (side(i) == side(one) ? one : other) = i;
  return between(range, probes, one, other, 0, {Verdict::kNotExact, nearest_to(goal, probes)});
}

}  // namespace

SearchStep next_step(const Goal& goal, const SearchRange& range, std::span<const Probe> probes) {
  if (probes.empty()) return range.high;
  const bool is_limit = goal.kind == Goal::Kind::kAtMost;
  if (probes.size() == 1 && range.low < range.high) {
    if (!is_limit && hits(goal, probes[0])) return Conclusion{Verdict::kFound, 0};
    return range.low;
  }
  if (probes.size() == 1) {  // a range of one setting
    const bool good = is_limit ? holds(goal, probes[0]) : hits(goal, probes[0]);
    if (good) return Conclusion{is_limit ? Verdict::kHoldsAtEnd : Verdict::kFound, 0};
    if (!probes[0].value) return Conclusion{Verdict::kNoFigure, 0};
    return Conclusion{Verdict::kUnreachable};
  }
  return is_limit ? next_within(goal, range, probes) : next_towards(goal, range, probes);
}

Saving deciding_saving(const Goal& goal, std::span<const Probe> probes) {
  if (probes.size() < 2) return goal.least.front();
  const auto difference = [&](Saving saving) {
    return relative_difference(share_of(saving, probes[0]), share_of(saving, probes[1]));
  };
  return *std::max_element(goal.least.begin(), goal.least.end(),
                           [&](Saving a, Saving b) { return difference(a) < difference(b); });
}

double share_of(Saving saving, const Probe& probe) {
  switch (saving) {
    case Saving::kPrefillWork:
      return 1 / probe.ideal_speedup;
    case Saving::kCache:
      return probe.kv_ratio;
    case Saving::kDecodeRows:
      return probe.decode_kv_share;
    case Saving::kDecodeFfns:
      return probe.decode_ffn_share;
  }
  throw ContractError("a saving that no setting has");
}

int64_t most_steps(const Goal& goal, const SearchRange& range) {
  if (range.low >= range.high) return 1;
  if (goal.kind == Goal::Kind::kEqual) return range.steps;
  const double halvings = std::log2(std::log(range.high / range.low) / std::log1p(range.tolerance));
  return std::min(range.steps, 2 + static_cast<int64_t>(std::ceil(std::max(halvings, 0.0))));
}

std::vector<std::pair<size_t, size_t>> inversions(std::span<const Probe> probes) {
  std::vector<size_t> order;
  for (size_t i = 0; i < probes.size(); ++i) {
    if (probes[i].value) order.push_back(i);
  }
  std::sort(order.begin(), order.end(),
            [&](size_t a, size_t b) { return probes[a].factor < probes[b].factor; });
  if (order.size() < 3) return {};
  const double trend = *probes[order.back()].value - *probes[order.front()].value;
  std::vector<std::pair<size_t, size_t>> with, against;
  for (size_t i = 1; i < order.size(); ++i) {
    const Probe &before = probes[order[i - 1]], &after = probes[order[i]];
    const double step = *after.value - *before.value;
    const double noise =
        std::hypot(before.standard_error.value_or(0), after.standard_error.value_or(0));
    if (std::abs(step) <= noise) continue;
    (step * (trend == 0 ? 1 : trend) > 0 ? with : against).emplace_back(order[i - 1], order[i]);
  }
  return with.empty() ? std::vector<std::pair<size_t, size_t>>{} : against;
}

double rounded_factor(double factor) {
  return std::stod(fmt::format("{:.4g}", factor));
}

}  // namespace skipbench
