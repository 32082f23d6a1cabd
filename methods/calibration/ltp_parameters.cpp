#include "methods/calibration/ltp_parameters.h"

#include <algorithm>
#include <cmath>

#include "kernels/base/error.h"

namespace skipbench {
namespace {

int64_t rounded_to_multiple(double value, int64_t multiple) {
  return std::max<int64_t>(1, std::llround(value / static_cast<double>(multiple))) * multiple;
}

}  // namespace

void LtpParameters::check(std::vector<ParameterProblem>& problems) const {
  if (!d_low || !rank || *rank <= *d_low) return;
  problems.push_back({"rank", fmt::format("got {}, expected at most d_low = {}", *rank, *d_low)});
}

LtpShape LtpParameters::shape_for(const ModelConfig& config) const {
  const auto ffn_width = static_cast<double>(config.ffn_width);
  LtpShape shape{
      .d_low = d_low.value_or(std::min(rounded_to_multiple(ffn_width / 6, 64), config.ffn_width)),
      .rank = 0,
      .top_rho = top_rho};
  if (shape.d_low > config.ffn_width) {
    throw InputError(fmt::format("d_low = {}: the FFN of {} has {} channels, expected at most that",
                                 shape.d_low, config.name, config.ffn_width));
  }
  const int64_t largest_rank = std::min(shape.d_low, config.width);
  shape.rank = rank.value_or(std::min(rounded_to_multiple(ffn_width / 12, 32), largest_rank));
  if (shape.rank > largest_rank) {
    throw InputError(fmt::format(
        "rank = {}: the proxy's matrices are {} x {}, expected at most {} (model width {}, d_low "
        "{})",
        shape.rank, config.width, shape.d_low, largest_rank, config.width, shape.d_low));
  }
  return shape;
}

void LtpParameters::canonicalise(const ModelConfig& config, bool used) {
  if (!used) {
    *this = {};
    return;
  }
  const LtpShape shape = shape_for(config);
  d_low = shape.d_low;
  rank = shape.rank;
}

Json ltp_artefact_key(const LtpShape& shape) {
  return {
      {"family", "ltp"}, {"d_low", shape.d_low}, {"rank", shape.rank}, {"top_rho", shape.top_rho}};
}

}  // namespace skipbench
