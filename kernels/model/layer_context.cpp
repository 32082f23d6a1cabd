#include "kernels/model/layer_context.h"

#include "kernels/base/check.h"

namespace skipbench {

void LayerContext::refuse(std::string_view question) const {
  throw ContractError(
      fmt::format("{} asked for in a {}", question, in_step() ? "decode step" : "prompt"));
}

KvCache& LayerContext::cache() {
  refuse("cache()");
}

const Prompt& LayerContext::prompt() const {
  refuse("prompt()");
}

const at::Tensor& LayerContext::positions() const {
  refuse("positions()");
}

const at::Tensor& LayerContext::attention_input() {
  refuse("attention_input()");
}

const TokenRows& LayerContext::updated_rows() const {
  refuse("updated_rows()");
}

const at::Tensor& LayerContext::attention_output() const {
  refuse("attention_output()");
}

at::Tensor LayerContext::ffn_input(const TokenRows&) {
  refuse("ffn_input()");
}

at::Tensor LayerContext::ffn_output(const TokenRows&) {
  refuse("ffn_output()");
}

}  // namespace skipbench
