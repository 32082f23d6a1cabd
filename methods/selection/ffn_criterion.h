#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string_view>

namespace skipbench {

class LayerContext;
class LtpProxies;

/// What ranks the tokens that compete for the FFN.
enum class FfnCriterion {
  kLtp,                // C x S: predicted ||F(x)|| times attention score
  kLtpUnweighted,      // C
  kAttention,          // S
  kHiddenNorm,         // ||x||
  kHiddenNormInverse,  // smallest ||x||
  kDelta,              // ||attention output||
  kOracle,             // ||F(x)|| x S, the upper bound of C x S
  kOracleUnweighted,   // ||F(x)||
  kRandom,             // seeded by prompt and layer
  kFixedStride,        // ranks floor(i T / M)
  kFixedRecency,       // the last M
};

/// From a parameter whose choices are ffn_criterion_names().
FfnCriterion ffn_criterion_from_name(std::string_view name);

bool needs_attention_scores(FfnCriterion criterion);
bool needs_proxies(FfnCriterion criterion);

/// What a criterion may look at beside the layer itself.
struct FfnSignals {
  at::Tensor attention;                 // [T] S, where needs_attention_scores()
  at::Tensor change;                    // [T] attention_change(), for kDelta
  const LtpProxies* proxies = nullptr;  // where needs_proxies()
  int64_t count = 0;                    // M, for kFixedStride
};

/// The score of each living token, [T] fp32: the highest run the FFN. Between attention and FFN.
at::Tensor ffn_scores(FfnCriterion criterion, LayerContext& layer, const FfnSignals& signals);

}  // namespace skipbench
