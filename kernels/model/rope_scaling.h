#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace skipbench {

/// How a checkpoint changes RoPE's frequencies to read further than it was trained at first. The
/// formulas are those of Hugging Face transformers (modeling_rope_utils.py).
struct RopeScaling {
  enum class Kind {
    kNone,
    kLinear,    // every frequency divided by the factor (position interpolation)
    kDynamic,   // the base grows with the sequence once it is longer than the original context
    kYarn,      // slow pairs interpolated, fast ones not, a ramp between (arXiv 2309.00071)
    kLlama3,    // the same idea by wavelengths (Llama 3.1)
    kDivisors,  // each pair's frequency divided by a number of its own (GGUF's rope_freqs)
  };

  Kind kind = Kind::kNone;
  double factor = 1.0;
  int64_t original_context = 0;                      // dynamic, yarn, llama3
  double low_frequency = 1.0, high_frequency = 4.0;  // llama3
  double beta_fast = 32.0, beta_slow = 1.0;          // yarn: rotations over original_context
  bool whole_pairs = true;                           // yarn: the ramp begins and ends at pairs
  double attention_factor = 1.0;                     // yarn: cosines and sines times this
  std::vector<float> divisors = {};                  // [d / 2]

  /// Throws InputError naming `source` when a number cannot be: a factor below 1, no original
  /// context, an empty band, a wrong count of divisors.
  void validate(const std::string& source, int64_t head_size) const;
};

std::string_view rope_scaling_name(RopeScaling::Kind kind);

/// YaRN's factor on cosines and sines where the checkpoint does not state one: 0.1 ln(factor) + 1,
/// or the ratio of two such terms where both mscale values are given (not 0).
double yarn_attention_factor(double factor, double mscale, double mscale_all_dim);

}  // namespace skipbench
