#include "harness/run/self_check.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <random>
#include <vector>

namespace skipbench {
namespace {

constexpr int64_t kPromptTokens = 160;  // more than two blocks of 64, and one of 128 queries
constexpr std::array<int32_t, 3> kReply = {3, 1, 4};

// Full attention whose decode steps are computed one by one, never replayed.
class EagerFull : public LayerHooks {
 public:
  bool gates_decode() const override { return true; }
};

Prompt check_prompt(const ModelConfig& config) {
  std::mt19937_64 random(20260113);
  Prompt prompt;
  const int64_t room = config.context - std::ssize(kReply);
  const int64_t tokens = std::clamp<int64_t>(room, 1, kPromptTokens);
  for (int64_t i = 0; i < tokens; ++i) {
    prompt.tokens.push_back(static_cast<int32_t>(random() % config.vocabulary));
  }
  prompt.content_end = tokens;
  return prompt;
}

// A few roundings of the dtype, as a share of the largest logit.
double few_roundings(const Model& model) {
  if (model.dtype() == at::kFloat) return 1e-4;
  return model.dtype() == at::kHalf ? 1e-2 : 5e-2;
}

}  // namespace

SelfCheck::SelfCheck(Decoder& decoder, const BeforeStep& before_step)
    : decoder_(decoder), prompt_(check_prompt(decoder.model().config)) {
  EagerFull full;
  reference_ = logits_of(full, {}, before_step);
  rounding_ = decoder.model().device().is_cpu()
                  ? at::zeros({reference_.size(0)})
                  : (logits_of_longer_prompts(before_step) - reference_).abs().amax(1);
}

// The same logits with the reply as part of the prompt, [1 + steps, V]: other products, other
// orders of addition, and so a measure of what rounding alone does to this model.
at::Tensor SelfCheck::logits_of_longer_prompts(const BeforeStep& before_step) const {
  LayerHooks full;
  Prompt prompt = prompt_;
  before_step();
  std::vector<at::Tensor> rows{decoder_.prefill(prompt, full).logits.to(at::kCPU)};
  for (const int32_t token : kReply) {
    prompt.tokens.push_back(token);
    ++prompt.content_end;
    before_step();
    rows.push_back(decoder_.prefill(prompt, full).logits.to(at::kCPU));
  }
  return at::stack(rows);
}

// [1 + steps, V] fp32 on the CPU: behind the prompt, and behind each token of the reply.
at::Tensor SelfCheck::logits_of(LayerHooks& hooks, const PrefillOptions& options,
                                const BeforeStep& before_step) const {
  before_step();
  Sequence sequence = decoder_.prefill(prompt_, hooks, options);
  std::vector<at::Tensor> rows{sequence.logits.to(at::kCPU)};
  for (const int32_t& token : kReply) {
    before_step();
    decoder_.extend(sequence, {&token, 1});
    rows.push_back(sequence.logits.to(at::kCPU));
  }
  return at::stack(rows);
}

std::string SelfCheck::run(const MethodEntry& entry, const Json& params, const Artefact* artefact,
                           const BeforeStep& before_step) {
  const Json everything = entry.select_everything(params);
  const std::string key = std::string(entry.name) + everything.dump();
  if (const auto found = done_.find(key); found != done_.end()) return found->second;

  const std::unique_ptr<Method> method = entry.make(everything);
  const Model& model = decoder_.model();
  method->attach(model.config);
  if (artefact != nullptr) method->use_artefact(*artefact, model.device(), model.dtype());
  PrefillOptions options;
  options.force_gather = true;
  const double roundings = few_roundings(model);
  std::string outcome =
      compare(logits_of(*method, options, before_step), model.device().is_cpu() ? 0.0 : roundings);
  if (outcome.empty() && method->compute_everything_itself()) {
    outcome = compare(logits_of(*method, options, before_step), roundings);
    if (!outcome.empty()) outcome += ", computed by the method itself";
  }
  return done_[key] = outcome;
}

std::string SelfCheck::compare(const at::Tensor& logits, double relative) const {
  for (int64_t step = 0; step < reference_.size(0); ++step) {
    const double allowed = std::max(relative * reference_[step].abs().max().item<double>(),
                                    2 * rounding_[step].item<double>());
    const double difference = (logits[step] - reference_[step]).abs().max().item<double>();
    if (difference <= allowed) continue;  // false for NaN
    return fmt::format(
        "self-check: with every token selected the {} differ from full attention's by {:.3g} "
        "(allowed {:.3g})",
        step == 0 ? "first-token logits" : fmt::format("logits of decode step {}", step),
        difference, allowed);
  }
  return "";
}

}  // namespace skipbench
