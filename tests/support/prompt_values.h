#pragma once

#include <cmath>
#include <initializer_list>
#include <numbers>

#include "harness/statistics/statistics.h"
#include "kernels/base/random.h"

namespace skipbench {

/// One prompt a list, one round a number.
inline PromptValues rounds_of(std::initializer_list<std::initializer_list<double>> prompts) {
  PromptValues values;
  for (const auto& rounds : prompts) {
    values.begin_prompt();
    for (const double value : rounds) values.add(value);
  }
  return values;
}

inline PromptValues one_round_each(std::initializer_list<double> list) {
  PromptValues values;
  for (const double value : list) {
    values.begin_prompt();
    values.add(value);
  }
  return values;
}

/// By the transform of Box and Muller (1958).
inline double standard_normal(SplitMix64& random) {
  const auto uniform = [&random] {
    return (static_cast<double>(random.next() >> 11) + 0.5) / 9007199254740992.0;
  };
  return std::sqrt(-2 * std::log(uniform())) * std::cos(2 * std::numbers::pi * uniform());
}

inline PromptValues normal_values(int prompts, double mean, double deviation, SplitMix64& random) {
  PromptValues values;
  for (int i = 0; i < prompts; ++i) {
    values.begin_prompt();
    values.add(mean + deviation * standard_normal(random));
  }
  return values;
}

}  // namespace skipbench
