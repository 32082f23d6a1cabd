#pragma once

#include <cstdint>
#include <optional>

#include "kernels/base/json.h"
#include "kernels/model/model_config.h"
#include "methods/interface/parameters.h"

namespace skipbench {

/// The size of the low-rank proxy of an FFN, and how its channels are chosen.
struct LtpShape {
  int64_t d_low = 0;   // FFN channels kept
  int64_t rank = 0;    // r of each factorised matrix
  double top_rho = 0;  // a channel's importance: mean over its top-rho share of tokens
};

/// The parameters of low-rank transformation probing (LTP), shared by all methods that rank tokens
/// by it.
struct LtpParameters {
  std::optional<int64_t> d_low, rank;
  double top_rho = 0.2;

  template <class Visitor>
  void visit(Visitor& v) {
    v("d_low", d_low,
      Field{.help = "FFN channels that the LTP proxy keeps; none: a sixth of them",
            .source = "2601.13155, experiment settings; default inferred",
            .low = 1});
    v("rank", rank,
      Field{.help = "rank of the proxy's matrices; none: a twelfth of the FFN channels",
            .source = "2601.13155, experiment settings; default inferred",
            .low = 1});
    v("top_rho", top_rho,
      Field{.help = "share of the calibration tokens that decides a channel's importance",
            .source = "2601.13155, LTP",
            .low = 1e-6,
            .high = 1});
  }

  void check(std::vector<ParameterProblem>& problems) const;
  /// The shape for a model. Throws InputError naming the parameter when it exceeds the FFN.
  LtpShape shape_for(const ModelConfig& config) const;
  /// The shape written out, or the defaults where nothing uses the proxies.
  void canonicalise(const ModelConfig& config, bool used);
};

/// What the proxies depend on: all schedules of a model share one artefact of all its layers.
Json ltp_artefact_key(const LtpShape& shape);

}  // namespace skipbench
