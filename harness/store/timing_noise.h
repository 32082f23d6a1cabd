#pragma once

#include <optional>
#include <string_view>

#include "harness/store/statistics.h"

namespace skipbench {

/// How far the repeats of one timing can be trusted.
enum class TimingNoise {
  kUnknown,   // too few repeats to tell
  kStable,    // spread up to kStableSpread
  kNoisy,     // up to kNoisySpread: read differences below 10% with their intervals alone
  kUnusable,  // more: something else ran on the machine, or its clock changed
};

/// Limits of the spread. An undisturbed GPU repeats a prefill within 1%, an undisturbed CPU within
/// 3%; ablation steps of interest begin at about 5%, which a spread of 10% drowns.
inline constexpr double kStableSpread = 0.03;
inline constexpr double kNoisySpread = 0.10;

/// Median over prompts of (third quartile - first quartile) / median of the prompt's rounds.
/// Prompts with fewer than three rounds do not count; empty when none has as many.
std::optional<double> timing_spread(const PromptValues& times);

TimingNoise timing_noise(const std::optional<double>& spread);

/// "", "stable", "noisy", "unusable".
std::string_view timing_noise_name(TimingNoise noise);

}  // namespace skipbench
