#pragma once

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "methods/interface/decision.h"
#include "methods/interface/method.h"

namespace skipbench {

/// Asks both methods in every hook, so that both can look, and takes the answer of the one that
/// decides it.
class Combined : public Method {
 public:
  struct Part {
    std::string name;
    Decisions decides;
    std::unique_ptr<Method> method;
  };

  Combined(Part first, Part then) : parts_{std::move(first), std::move(then)} {}

  void attach(const ModelConfig& config) override;

  bool compute_everything_itself() override {
    bool any = false;
    for (const Part& part : parts_) any |= part.method->compute_everything_itself();
    return any;
  }

  std::string_view learner() const override {
    const Part* const only = only_learner();
    return only == nullptr ? std::string_view{} : only->name;
  }
  Json artefact_key() const override;
  Artefact calibrate(Decoder& decoder, std::span<const std::vector<int32_t>> texts,
                     const CalibrationStep& before_step) override;
  double calibration_flops(const ModelConfig& config, at::ScalarType dtype,
                           std::span<const std::vector<int32_t>> texts) const override;
  void use_artefact(const Artefact& artefact, at::Device device, at::ScalarType dtype) override;

  void begin_prompt(const Prompt& prompt) override {
    for (const Part& part : parts_) part.method->begin_prompt(prompt);
  }
  std::optional<TokenRows> restart(LayerContext& layer) override {
    return answer(Decision::kRestart, [&](Method& each) { return each.restart(layer); });
  }
  AttentionRows attention_rows(LayerContext& layer) override {
    return answer(Decision::kAttentionRows,
                  [&](Method& each) { return each.attention_rows(layer); });
  }
  bool reads_attention_output(int64_t layer) const override {
    return std::any_of(parts_.begin(), parts_.end(), [layer](const Part& part) {
      return part.method->reads_attention_output(layer);
    });
  }
  std::optional<Attended> attend(LayerContext& layer, const AttentionRows& rows,
                                 const AttentionInputs& inputs) override {
    return answer(Decision::kAttention,
                  [&](Method& each) { return each.attend(layer, rows, inputs); });
  }
  CachedRows cached_rows(LayerContext& layer, const AttentionRows& rows) override {
    return answer(Decision::kCachedRows,
                  [&](Method& each) { return each.cached_rows(layer, rows); });
  }
  TokenRows keep_before_ffn(LayerContext& layer) override {
    return answer(Decision::kKeepBeforeFfn,
                  [&](Method& each) { return each.keep_before_ffn(layer); });
  }
  TokenRows ffn_rows(LayerContext& layer) override {
    return answer(Decision::kFfnRows, [&](Method& each) { return each.ffn_rows(layer); });
  }
  TokenRows keep_after_layer(LayerContext& layer) override {
    return answer(Decision::kKeepAfterLayer,
                  [&](Method& each) { return each.keep_after_layer(layer); });
  }

  void end_prompt(KvCache& cache) override {
    for (const Part& part : parts_) part.method->end_prompt(cache);
  }
  void begin_decode(int64_t max_new_tokens) override {
    for (const Part& part : parts_) part.method->begin_decode(max_new_tokens);
  }
  bool gates_decode() const override {
    return std::any_of(parts_.begin(), parts_.end(),
                       [](const Part& part) { return part.method->gates_decode(); });
  }
  void begin_step(int64_t step) override {
    for (const Part& part : parts_) part.method->begin_step(step);
  }
  bool gate_ffn(int64_t layer) override {
    return answer(Decision::kDecodeFfn, [&](Method& each) { return each.gate_ffn(layer); });
  }
  void ffn_done(int64_t layer, const at::Tensor& before, const at::Tensor& after) override {
    for (const Part& part : parts_) part.method->ffn_done(layer, before, after);
  }

  bool revives() const override { return parts_[0].method->revives(); }
  bool caches_query_heads() const override {
    return std::any_of(parts_.begin(), parts_.end(),
                       [](const Part& part) { return part.method->caches_query_heads(); });
  }
  bool plans_decode() const override {
    return std::any_of(parts_.begin(), parts_.end(),
                       [](const Part& part) { return part.method->plans_decode(); });
  }
  void plan_step(KvCache& cache) override {
    for (const Part& part : parts_) part.method->plan_step(cache);
  }
  void attended_in_step(StepContext& step) override {
    for (const Part& part : parts_) part.method->attended_in_step(step);
  }
  TokenRows keep_in_step(StepContext& step) override {
    return answer(Decision::kKeepAfterLayer, [&](Method& each) { return each.keep_in_step(step); });
  }

 private:
  template <class Ask>
  std::invoke_result_t<Ask, Method&> answer(Decision decision, Ask ask) {
    auto first = ask(*parts_[0].method);
    auto then = ask(*parts_[1].method);
    return contains(parts_[1].decides, decision) ? std::move(then) : std::move(first);
  }

  static bool learns(const Part& part) { return !part.method->artefact_key().is_null(); }
  // The one that needs an artefact, where only one of them does.
  const Part* only_learner() const {
    if (learns(parts_[0]) == learns(parts_[1])) return nullptr;
    return learns(parts_[0]) ? &parts_[0] : &parts_[1];
  }

  std::array<Part, 2> parts_;
};

}  // namespace skipbench
