#include "kernels/model/decode/step_layer.h"

#include <ATen/ATen.h>

#include <string_view>
#include <utility>

#include "kernels/base/check.h"

namespace skipbench {
namespace {

[[noreturn]] void refuse(std::string_view what) {
  throw ContractError(fmt::format("{} asked for in a decode step", what));
}

}  // namespace

StepLayer::StepLayer(const Model& model, int64_t layer, int64_t tokens, AttentionInputs inputs,
                     at::Tensor hidden, KvCache& cache, WorkMeter& meter)
    : LayerContext(model, layer, meter),
      tokens_(tokens),
      inputs_(std::move(inputs)),
      hidden_(std::move(hidden)),
      cache_(cache) {}

at::Tensor StepLayer::last_queries(int64_t count) {
  require(count == 1, "the queries of {} tokens asked for in a decode step, which has one", count);
  return inputs_.queries;
}

const SeenAttention& StepLayer::seen() {
  if (!seen_) set_seen(TokenRows::all(live()), inputs_.keys, inputs_.values);
  return *seen_;
}

void StepLayer::set_seen(const TokenRows& visible, at::Tensor keys, at::Tensor values) {
  const at::Tensor newest =
      at::full({1}, visible.count() - 1, at::TensorOptions(device()).dtype(at::kLong));
  seen_.emplace(
      TokenRows::of(newest, visible.count()), visible,
      AttentionInputs{
          .queries = inputs_.queries, .keys = std::move(keys), .values = std::move(values)});
}

const at::Tensor& StepLayer::hidden_before_ffn() const {
  require(before_ffn_.defined(), "hidden_before_ffn() asked for where no FFN ran");
  return before_ffn_;
}

const Prompt& StepLayer::prompt() const {
  refuse("prompt()");
}

const at::Tensor& StepLayer::positions() const {
  refuse("positions()");
}

const at::Tensor& StepLayer::attention_input() {
  refuse("attention_input()");
}

const TokenRows& StepLayer::updated_rows() const {
  refuse("updated_rows()");
}

const at::Tensor& StepLayer::attention_output() const {
  refuse("attention_output()");
}

at::Tensor StepLayer::ffn_input(const TokenRows&) {
  refuse("ffn_input()");
}

at::Tensor StepLayer::ffn_output(const TokenRows&) {
  refuse("ffn_output()");
}

}  // namespace skipbench
