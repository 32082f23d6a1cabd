#include "methods/interface/decision.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "kernels/model/prefill/layer_context.h"
#include "tests/methods/support/outcome.h"
#include "tests/methods/support/skipping_parameters.h"
#include "tests/methods/support/tiny_model.h"

namespace skipbench::test {
namespace {

// Passes every question on and notes which ones were answered by anything but "everything".
class Watched : public LayerHooks {
 public:
  explicit Watched(Method& method) : method_(method) {}
  const std::set<Decision>& decided() const { return decided_; }

  void begin_prompt(const Prompt& prompt) override { method_.begin_prompt(prompt); }
  std::optional<TokenRows> restart(LayerContext& layer) override {
    auto rows = method_.restart(layer);
    note(Decision::kRestart, rows.has_value());
    return rows;
  }
  AttentionRows attention_rows(LayerContext& layer) override {
    auto rows = method_.attention_rows(layer);
    note(Decision::kAttentionRows, !rows.updated.selects_all() || !rows.visible.selects_all());
    return rows;
  }
  bool reads_attention_output(int64_t layer) const override {
    return method_.reads_attention_output(layer);
  }
  std::optional<Attended> attend(LayerContext& layer, const AttentionRows& rows,
                                 const AttentionInputs& inputs) override {
    auto attended = method_.attend(layer, rows, inputs);
    note(Decision::kAttention, attended.has_value());
    return attended;
  }
  CachedRows cached_rows(LayerContext& layer, const AttentionRows& rows) override {
    CachedRows cached = method_.cached_rows(layer, rows);
    note(Decision::kCachedRows,
         cached.per_head.defined() || cached.shared->count() != rows.visible.count());
    return cached;
  }
  TokenRows keep_before_ffn(LayerContext& layer) override {
    return noted(Decision::kKeepBeforeFfn, method_.keep_before_ffn(layer));
  }
  TokenRows ffn_rows(LayerContext& layer) override {
    return noted(Decision::kFfnRows, method_.ffn_rows(layer));
  }
  TokenRows keep_after_layer(LayerContext& layer) override {
    return noted(Decision::kKeepAfterLayer, method_.keep_after_layer(layer));
  }
  bool revives() const override { return method_.revives(); }
  void begin_decode(int64_t max_new_tokens) override { method_.begin_decode(max_new_tokens); }
  bool gates_decode() const override { return method_.gates_decode(); }
  void begin_step(int64_t step) override { method_.begin_step(step); }
  bool gate_ffn(int64_t layer) override {
    const bool runs = method_.gate_ffn(layer);
    note(Decision::kDecodeFfn, !runs);
    return runs;
  }
  void ffn_done(int64_t layer, const at::Tensor& before, const at::Tensor& after) override {
    method_.ffn_done(layer, before, after);
  }
  bool plans_decode() const override { return method_.plans_decode(); }
  void plan_step(KvCache& cache) override { method_.plan_step(cache); }
  void end_prompt(KvCache& cache) override { method_.end_prompt(cache); }
  void attended_in_step(StepContext& step) override { method_.attended_in_step(step); }
  TokenRows keep_in_step(StepContext& step) override {
    return noted(Decision::kKeepAfterLayer, method_.keep_in_step(step));
  }

 private:
  void note(Decision decision, bool answered) {
    if (answered) decided_.insert(decision);
  }
  TokenRows noted(Decision decision, TokenRows rows) {
    note(decision, !rows.selects_all());
    return rows;
  }

  Method& method_;
  std::set<Decision> decided_;
};

// Parameters that together make the method use every hook that it may answer.
std::vector<Json> variants(std::string_view method) {
  std::vector<Json> all{skipping_parameters(method), skipping_parameters(method)};
  if (method.starts_with("spts")) all[1]["delayed"] = false;
  if (method == "pyramidinfer") all[1]["gather_kv"] = true;
  return all;
}

class EveryMethodsDecisions : public testing::TestWithParam<std::string> {};

// By these declarations methods are combined: one that is missing would be overruled in silence.
TEST_P(EveryMethodsDecisions, AreThoseThatItDeclares) {
  const Model model = tiny_model(tiny_llama());
  Decoder decoder(model);
  std::set<Decision> decided;
  for (const Json& params : variants(GetParam())) {
    const auto method = ready_method(GetParam(), params, decoder);
    Watched watched(*method);
    Sequence sequence = decoder.prefill(tiny_prompt(400), watched, {.max_new_tokens = 12});
    decoder.extend(sequence, std::vector<int32_t>(10, 7));
    decided.insert(watched.decided().begin(), watched.decided().end());
  }
  const Decisions declared = find_method(GetParam()).decides;
  EXPECT_EQ(decided, std::set<Decision>(declared.begin(), declared.end()));
}

INSTANTIATE_TEST_SUITE_P(Registry, EveryMethodsDecisions, testing::ValuesIn(method_names()),
                         [](const auto& test) { return test_name(test.param); });

}  // namespace
}  // namespace skipbench::test
