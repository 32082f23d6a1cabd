#include "methods/selection/ffn_criterion.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "kernels/base/check.h"
#include "kernels/base/random.h"
#include "kernels/model/layer_context.h"
#include "methods/calibration/ltp_proxy.h"
#include "methods/selection/ffn_criterion_names.h"

namespace skipbench {
namespace {

at::Tensor row_norms(const at::Tensor& x) {
  return at::linalg_vector_norm(x, 2, at::IntArrayRef{1}, false, at::kFloat);  // [T]
}

// Scores that the host finds: fill(scores of the living tokens). Nobody waits for their copy.
template <class Fill>
at::Tensor scores_of_host(const LayerContext& layer, Fill fill) {
  const auto options = at::TensorOptions(at::kFloat).pinned_memory(layer.device().is_cuda());
  const at::Tensor scores = at::zeros({layer.live()}, options);
  fill(std::span(scores.mutable_data_ptr<float>(), layer.live()));
  return scores.to(layer.device(), /*non_blocking=*/true);
}

// The same draws on every device and library version.
at::Tensor random_scores(const LayerContext& layer) {
  SplitMix64 random(SplitMix64(layer.prompt().seed).next() + static_cast<uint64_t>(layer.layer()));
  return scores_of_host(layer, [&](std::span<float> scores) {
    for (float& score : scores) {
      score = static_cast<float>(random.next() >> 40);  // 24 bits: exact in fp32
    }
  });
}

// 1 at ranks floor(i T / M), 0 elsewhere.
at::Tensor stride_scores(const LayerContext& layer, int64_t count) {
  return scores_of_host(layer, [&](std::span<float> scores) {
    for (int64_t i = 0; i < count; ++i) scores[i * layer.live() / count] = 1;
  });
}

at::Tensor full_ffn_norms(LayerContext& layer) {
  return row_norms(layer.ffn_output(TokenRows::all(layer.live())));
}

}  // namespace

FfnCriterion ffn_criterion_from_name(std::string_view name) {
  const auto names = ffn_criterion_names();
  const auto found = std::find(names.begin(), names.end(), name);
  require(found != names.end(), "'{}' is not an FFN criterion", name);
  return static_cast<FfnCriterion>(found - names.begin());
}

bool needs_attention_scores(FfnCriterion criterion) {
  return criterion == FfnCriterion::kLtp || criterion == FfnCriterion::kAttention ||
         criterion == FfnCriterion::kOracle;
}

bool needs_proxies(FfnCriterion criterion) {
  return criterion == FfnCriterion::kLtp || criterion == FfnCriterion::kLtpUnweighted;
}

at::Tensor ffn_scores(FfnCriterion criterion, LayerContext& layer, const FfnSignals& signals) {
  require(!needs_proxies(criterion) || signals.proxies != nullptr,
          "LTP is used without its calibrated proxies");
  switch (criterion) {
    case FfnCriterion::kLtp:
      return signals.proxies->predicted_norms(layer, signals.attention);
    case FfnCriterion::kLtpUnweighted:
      return signals.proxies->predicted_norms(layer);
    case FfnCriterion::kAttention:
      return signals.attention;
    case FfnCriterion::kHiddenNorm:
      return row_norms(layer.hidden());
    case FfnCriterion::kHiddenNormInverse:
      return -row_norms(layer.hidden());
    case FfnCriterion::kDelta:
      return signals.change;
    case FfnCriterion::kOracle:
      return full_ffn_norms(layer) * signals.attention;
    case FfnCriterion::kOracleUnweighted:
      return full_ffn_norms(layer);
    case FfnCriterion::kRandom:
      return random_scores(layer);
    case FfnCriterion::kFixedStride:
      return stride_scores(layer, signals.count);
    case FfnCriterion::kFixedRecency:
      return at::arange(layer.live(), at::TensorOptions(layer.device()).dtype(at::kFloat));
  }
  throw ContractError("an FFN criterion without a score");
}

}  // namespace skipbench
