#include "harness/run/self_check.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <random>

namespace skipbench {
namespace {

constexpr int64_t kPromptTokens = 96;  // more than one SlimInfer block of 64

Prompt check_prompt(const ModelConfig& config) {
  std::mt19937_64 random(20260113);
  Prompt prompt;
  const int64_t tokens = std::min(kPromptTokens, config.context);
  for (int64_t i = 0; i < tokens; ++i) {
    prompt.tokens.push_back(static_cast<int32_t>(random() % config.vocabulary));
  }
  prompt.content_end = tokens;
  return prompt;
}

// Largest difference allowed, as a share of the largest logit: a few roundings of the dtype.
double tolerance(const Model& model) {
  if (model.device().is_cpu()) return 0.0;
  if (model.dtype() == at::kFloat) return 1e-4;
  return model.dtype() == at::kHalf ? 1e-2 : 5e-2;
}

}  // namespace

SelfCheck::SelfCheck(Decoder& decoder)
    : decoder_(decoder), prompt_(check_prompt(decoder.model().config)) {
  LayerHooks full;
  reference_ = decoder_.prefill(prompt_, full).logits.to(at::kCPU).clone();
}

std::string SelfCheck::run(const MethodEntry& entry, const Json& params, const Artefact* artefact) {
  const Json everything = entry.select_everything(params);
  const std::string key = std::string(entry.name) + everything.dump();
  if (const auto found = done_.find(key); found != done_.end()) return found->second;

  const std::unique_ptr<Method> method = entry.make(everything);
  const Model& model = decoder_.model();
  method->attach(model.config);
  if (artefact != nullptr) method->use_artefact(*artefact, model.device(), model.dtype());
  PrefillOptions options;
  options.force_gather = true;
  const at::Tensor logits = decoder_.prefill(prompt_, *method, options).logits.to(at::kCPU);
  return done_[key] = compare(logits);
}

std::string SelfCheck::compare(const at::Tensor& logits) const {
  const double allowed = tolerance(decoder_.model()) * reference_.abs().max().item<double>();
  const double difference = (logits - reference_).abs().max().item<double>();
  if (difference <= allowed) return "";  // false for NaN
  return fmt::format(
      "self-check: with every token selected the first-token logits differ from full attention's "
      "by {:.3g} (allowed {:.3g})",
      difference, allowed);
}

}  // namespace skipbench
