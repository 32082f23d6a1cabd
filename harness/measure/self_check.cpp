#include "harness/measure/self_check.h"

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <memory>
#include <random>
#include <vector>

#include "kernels/ops/device/contract.h"

namespace skipbench {
namespace {

constexpr int64_t kPromptTokens = 160;  // more than two blocks of 64, and one of 128 queries
constexpr std::array<int32_t, 3> kReply = {3, 1, 4};

// Full attention whose decode steps are computed one by one, never replayed.
class EagerFull : public TokenPolicy {
 public:
  Needs needs() const override { return {.steps = Steps::kFfn}; }
  std::unique_ptr<Run> begin(const Prompt& prompt, const SequenceOptions& options) const override {
    return Everything().begin(prompt, options);
  }
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

// "" when both counted the same; FLOPs of the method's own probing are its own.
std::string differing_work(const WorkMeter& work, const WorkMeter& full, std::string_view phase) {
  for (const WorkKind kind :
       {WorkKind::kProjection, WorkKind::kAttention, WorkKind::kFfn, WorkKind::kOutput}) {
    if (work.flops(kind) == full.flops(kind)) continue;
    return fmt::format("the {} computes {} FLOPs of {} where full attention computes {}", phase,
                       work.flops(kind), work_kind_name(kind), full.flops(kind));
  }
  return "";
}

std::string differing_rows(const Activity& activity, const Activity& full) {
  for (size_t layer = 0; layer < full.layers.size(); ++layer) {
    const auto counts = [layer](const Activity& a) {
      const LayerActivity& l = a.layers.at(layer);
      return std::array{l.attention_updated, l.ffn_updated, l.alive_after, l.kv_length,
                        l.attention_pairs};
    };
    const auto ours = counts(activity), theirs = counts(full);
    if (ours == theirs) continue;
    return fmt::format(
        "layer {} counts {} (attention, FFN, alive, KV, pairs) where full attention counts {}",
        layer, ours, theirs);
  }
  if (activity.decode_rows == full.decode_rows && activity.decode_ffns == full.decode_ffns) {
    return "";
  }
  return fmt::format("decode steps read {} rows and run {} FFNs where full attention has {} and {}",
                     activity.decode_rows, activity.decode_ffns, full.decode_rows,
                     full.decode_ffns);
}

double largest_difference(const at::Tensor& a, const at::Tensor& b) {
  return (a - b).abs().max().item<double>();
}

}  // namespace

SelfCheck::SelfCheck(Decoder& decoder, const BeforeStep& before_step)
    : decoder_(decoder), prompt_(check_prompt(decoder.model().config)) {
  const EagerFull full;
  reference_ = reply_under(full, {}, before_step);
  rounding_ = rounding_of_another_order(before_step);
}

// What rounding alone does to this model: the reply as part of the prompt, and the prompt's end as
// a reply, have other products and other orders of addition.
double SelfCheck::rounding_of_another_order(const BeforeStep& before_step) const {
  const at::Tensor& logits = reference_.logits;
  const EagerFull full;
  Prompt prompt = prompt_;
  double largest = 0;
  for (size_t i = 0; i < kReply.size(); ++i) {
    prompt.tokens.push_back(kReply[i]);
    ++prompt.content_end;
    before_step();
    const at::Tensor longer = decoder_.prefill(prompt, full).logits.to(at::kCPU);
    largest = std::max(largest, largest_difference(longer, logits[static_cast<int64_t>(i) + 1]));
  }
  prompt = prompt_;
  for (size_t i = 0; i < kReply.size() && prompt.length() > 1; ++i) prompt.tokens.pop_back();
  prompt.content_end = prompt.length();
  before_step();
  Sequence sequence = decoder_.prefill(prompt, full);
  for (size_t i = prompt.tokens.size(); i < prompt_.tokens.size(); ++i) {
    before_step();
    decoder_.extend(sequence, {&prompt_.tokens[i], 1});
  }
  return std::max(largest, largest_difference(sequence.logits.to(at::kCPU), logits[0]));
}

SelfCheck::Outcome SelfCheck::reply_under(const TokenPolicy& policy, const PrefillOptions& options,
                                          const BeforeStep& before_step) const {
  const ContractChecks looked_at;
  before_step();
  Sequence sequence = decoder_.prefill(prompt_, policy, options);
  std::vector<at::Tensor> rows{sequence.logits.to(at::kCPU)};
  for (const int32_t& token : kReply) {
    before_step();
    decoder_.extend(sequence, {&token, 1});
    rows.push_back(sequence.logits.to(at::kCPU));
  }
  return {.logits = at::stack(rows),
          .activity = sequence.activity,
          .prefill = sequence.work,
          .decode = sequence.decode_work};
}

std::string SelfCheck::run(const Subject& subject, const BeforeStep& before_step) {
  const Json everything = subject.entry.select_everything(subject.params);
  const std::string name =
      fmt::format("{} {} {}", subject.entry.name, everything.dump(), subject.artefact_hash);
  if (const auto found = done_.find(name); found != done_.end()) return found->second;

  const Model& model = decoder_.model();
  const std::unique_ptr<Method> method = subject.entry.make(everything, model.config);
  if (subject.artefact != nullptr) {
    method->use_artefact(*subject.artefact, model.device(), model.dtype());
  }
  PrefillOptions options;
  options.force_gather = true;
  const double another_order = 2 * rounding_;
  std::string problem = compare(reply_under(*method, options, before_step),
                                model.device().is_cpu() ? 0.0 : another_order);
  if (problem.empty() && method->needs().can_compute_everything) {
    options.compute_everything = true;
    problem = compare(reply_under(*method, options, before_step), another_order);
    if (!problem.empty()) problem += ", computed by the method itself";
  }
  return done_[name] = problem.empty() ? "" : "self-check: with every token selected " + problem;
}

std::string SelfCheck::compare(const Outcome& outcome, double allowed) const {
  for (std::string problem : {differing_rows(outcome.activity, reference_.activity),
                              differing_work(outcome.prefill, reference_.prefill, "prefill"),
                              differing_work(outcome.decode, reference_.decode, "reply")}) {
    if (!problem.empty()) return problem;
  }
  for (int64_t step = 0; step < reference_.logits.size(0); ++step) {
    const double difference = largest_difference(outcome.logits[step], reference_.logits[step]);
    if (difference <= allowed) continue;  // false for NaN
    return fmt::format(
        "the {} differ from full attention's by {:.3g} (allowed {:.3g})",
        step == 0 ? "first-token logits" : fmt::format("logits of decode step {}", step),
        difference, allowed);
  }
  return "";
}

}  // namespace skipbench
