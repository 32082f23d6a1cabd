#include "methods/interface/decision.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "kernels/model/layer_context.h"
#include "tests/methods/support/outcome.h"
#include "tests/methods/support/skipping_parameters.h"
#include "tests/methods/support/tiny_model.h"

namespace skipbench::test {
namespace {

// Passes every question on and notes which ones were answered by anything but "everything".
class WatchedRun : public Run {
 public:
  WatchedRun(std::unique_ptr<Run> run, std::set<Decision>& decided)
      : run_(std::move(run)), decided_(decided) {}
  std::unique_ptr<Run> clone() const override {
    return std::make_unique<WatchedRun>(run_->clone(), decided_);
  }

  std::optional<TokenRows> start(LayerContext& layer) override {
    auto rows = run_->start(layer);
    note(Decision::kRestart, rows.has_value());
    return rows;
  }
  Reads reads(LayerContext& layer) override {
    Reads reads = run_->reads(layer);
    note(Decision::kAttentionRows, !reads.asks.selects_all() || !reads.sees.selects_all());
    note(Decision::kAttention, reads.pattern.has_value() || reads.own.has_value());
    return reads;
  }
  Keeps keeps(LayerContext& layer) override {
    Keeps keeps = run_->keeps(layer);
    if (layer.in_step()) return keeps;  // the answer is not looked at
    note(Decision::kCachedRows,
         keeps.per_head.defined() || keeps.rows->count() != layer.seen().visible());
    return keeps;
  }
  FfnRows ffn(LayerContext& layer) override {
    FfnRows ffn = run_->ffn(layer);
    note(layer.in_step() ? Decision::kDecodeFfn : Decision::kFfnRows,
         !ffn.rows.selects_all() || ffn.scale.defined());
    return ffn;
  }
  TokenRows lives(LayerContext& layer, Point point) override {
    TokenRows rows = run_->lives(layer, point);
    note(point == Point::kAfterAttention ? Decision::kKeepBeforeFfn : Decision::kKeepAfterLayer,
         !rows.selects_all());
    return rows;
  }
  void end_prompt(KvCache& cache) override { run_->end_prompt(cache); }
  void begin_step(KvCache& cache, int64_t step) override { run_->begin_step(cache, step); }

 private:
  void note(Decision decision, bool answered) {
    if (answered) decided_.insert(decision);
  }

  std::unique_ptr<Run> run_;
  std::set<Decision>& decided_;
};

// The method, its runs watched.
class Watched : public TokenPolicy {
 public:
  Watched(const Method& method, std::set<Decision>& decided) : method_(method), decided_(decided) {}
  Needs needs() const override { return method_.needs(); }
  std::unique_ptr<Run> begin(const Prompt& prompt, const SequenceOptions& options) const override {
    return std::make_unique<WatchedRun>(method_.begin(prompt, options), decided_);
  }

 private:
  const Method& method_;
  std::set<Decision>& decided_;
};

// Parameters that together make the method answer every question that it may.
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
    const Watched watched(*method, decided);
    Sequence sequence = decoder.prefill(tiny_prompt(400), watched, {.max_new_tokens = 12});
    decoder.extend(sequence, std::vector<int32_t>(10, 7));
  }
  const Decisions declared = find_method(GetParam()).decides;
  EXPECT_EQ(decided, std::set<Decision>(declared.begin(), declared.end()));
}

INSTANTIATE_TEST_SUITE_P(Registry, EveryMethodsDecisions, testing::ValuesIn(method_names()),
                         [](const auto& test) { return test_name(test.param); });

}  // namespace
}  // namespace skipbench::test
