#pragma once

#include <optional>
#include <string_view>

#include "harness/statistics/statistics.h"

namespace skipbench {

/// How far the repeats of one timing can be trusted.
enum class TimingNoise {
  kUnknown,   // too few repeats to tell
  kStable,    // spread up to kStableSpread
  kNoisy,     // up to kNoisySpread: read differences below 10% with their intervals alone
  kUnusable,  // more: something else ran on the machine, or its clock changed
};

/// Limits of the spread. What repeated rounds of one prompt under one label show on undisturbed
/// GPUs, in percent of the time to first token (experiments/speed/timing-noise.sql on each file):
///
///                                     cells   coefficient of variation        spread
///                                             median   95th percentile   median   95th percentile
///   results/h100/speed-llama-8b.db       42     0.61              2.45     0.60              2.30
///   results/h100/speed-sparse.db          8     0.24              1.42     0.22              1.36
///   results/h100/profile-llama-8b.db      8     0.50              1.44     0.45              1.41
///   results/h200/speed-llama-8b.db       10     0.64              2.28     0.88              1.21
///   results/h100/new-lengths.db          16     1.42              4.69     1.29              4.97
///
/// So 19 of 20 cells of warmed up lengths lie below 3%; those whose first round met a length for
/// the first time, in the last file, are noisy and below 10%, which drowns the ablation steps of
/// interest (from about 5%). No stored database has repeated rounds of a CPU.
inline constexpr double kStableSpread = 0.03;
inline constexpr double kNoisySpread = 0.10;

/// Median over prompts of (third quartile - first quartile) / median of the prompt's rounds.
/// Prompts with fewer than three rounds do not count; empty when none has as many.
std::optional<double> timing_spread(const PromptValues& times);

TimingNoise timing_noise(const std::optional<double>& spread);

/// "", "stable", "noisy", "unusable".
std::string_view timing_noise_name(TimingNoise noise);

}  // namespace skipbench
