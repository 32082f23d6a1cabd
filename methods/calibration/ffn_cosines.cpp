#include "methods/calibration/ffn_cosines.h"

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include <cmath>

#include "kernels/base/check.h"
#include "kernels/base/error.h"
#include "kernels/model/decoder.h"
#include "kernels/model/layer_context.h"
#include "methods/calibration/ffn_watch.h"

namespace skipbench {
namespace {

constexpr double kNever = 2;  // no cosine reaches it

// Of each living token, between the residual stream before and after the FFN: [T] fp32 on the CPU.
at::Tensor cosines_of(LayerContext& layer) {
  const at::Tensor& before = layer.hidden();                                         // [T, D]
  const at::Tensor after = before + layer.ffn_output(TokenRows::all(layer.live()));  // [T, D]
  return at::cosine_similarity(before, after, 1).to(at::kCPU, at::kFloat);
}

}  // namespace

Artefact calibrate_ffn_cosines(Decoder& decoder, std::span<const std::vector<int32_t>> texts,
                               const CalibrationStep& before_step) {
  const c10::InferenceMode inference;
  const int64_t layers = decoder.model().config.layers;
  std::vector<std::vector<at::Tensor>> cosines(layers);  // by layer, of each text
  const FfnWatch watch(layers - 1, [&](LayerContext& layer) {
    cosines[layer.layer()].push_back(cosines_of(layer));
  });
  bool any = false;
  double done = 0;
  for (const auto& text : texts) {
    before_step(done++ / static_cast<double>(texts.size()));
    if (text.empty()) continue;
    decoder.prefill(Prompt{.tokens = text}, watch);
    any = true;
  }
  if (!any) throw InputError("FFN-SkipLLM calibration: the texts hold no token");
  std::vector<at::Tensor> rows;
  for (const auto& of_texts : cosines) rows.push_back(at::cat(of_texts));
  return {{{"cosines", at::stack(rows)}}};  // [L, G]
}

double skipped_share(const at::Tensor& cosines, double threshold, int64_t skip_run,
                     const MiddleLayers& middle) {
  const auto values = cosines.accessor<float, 2>();
  int64_t skipped = 0;
  for (int64_t token = 0; token < cosines.size(1); ++token) {
    for (int64_t layer = middle.begin, budget = 0; layer < middle.end; ++layer) {
      if (budget > 0) {
        --budget;
        ++skipped;
      } else if (values[layer][token] >= threshold) {
        budget = skip_run;
      }
    }
  }
  return static_cast<double>(skipped) / static_cast<double>(middle.layers * cosines.size(1));
}

double threshold_for(const Artefact& artefact, double target, int64_t skip_run,
                     const MiddleLayers& middle) {
  const auto found = artefact.tensors.find("cosines");
  require(found != artefact.tensors.end(), "the FFN-SkipLLM artefact lacks 'cosines'");
  const at::Tensor& cosines = found->second;
  if (target == 0) return kNever;
  const auto share = [&](double threshold) {
    return skipped_share(cosines, threshold, skip_run, middle);
  };
  const double most = share(-1);
  if (target > most) {
    throw InputError(
        fmt::format("target_skip = {}: with skip_run = {} and layers {} to {} at most {:.3f} of "
                    "the FFNs can be "
                    "skipped",
                    target, skip_run, middle.begin, middle.end - 1, most));
  }
  double low = -1, high = 1.01;  // share(low) >= target > share(high) = 0
  constexpr int kSteps = 40;
  for (int i = 0; i < kSteps; ++i) {
    const double middle_value = (low + high) / 2;
    (share(middle_value) >= target ? low : high) = middle_value;
  }
  return std::abs(share(low) - target) <= std::abs(share(high) - target) ? low : high;
}

}  // namespace skipbench
