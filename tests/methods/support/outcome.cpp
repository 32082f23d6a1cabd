#include "tests/methods/support/outcome.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "tests/methods/support/tiny_model.h"

namespace skipbench::test {

Json resolved(std::string_view method, const Json& given) {
  std::vector<ParameterProblem> problems;
  Json json = find_method(method).resolve(given, problems);
  for (const ParameterProblem& problem : problems) {
    ADD_FAILURE() << problem.key << ": " << problem.message;
  }
  return json;
}

std::unique_ptr<Method> ready_method(std::string_view name, const Json& given, Decoder& decoder) {
  const Model& model = decoder.model();
  auto method = find_method(name).make(resolved(name, given), model.config);
  if (!method->artefact_key().is_null()) {
    method->use_artefact(method->calibrate(decoder, tiny_texts(), [](double) {}), model.device(),
                         model.dtype());
  }
  return method;
}

Outcome outcome_of(const Sequence& sequence) {
  Outcome outcome;
  for (const LayerActivity& layer : sequence.activity.layers) {
    outcome.layers.push_back({layer.attention_positions, layer.ffn_positions, layer.alive_positions,
                              layer.kv_positions.at(0)});
    if (layer.kv_positions.size() > 1) outcome.layers.back().cached_heads = layer.kv_positions;
  }
  outcome.logits = sequence.logits;
  return outcome;
}

Outcome run_method(std::string_view name, const Json& given, Decoder& decoder, const Prompt& prompt,
                   PrefillOptions options) {
  const auto method = ready_method(name, given, decoder);
  options.record_positions = true;
  return outcome_of(decoder.prefill(prompt, *method, options));
}

void expect_same(const Outcome& actual, const Outcome& expected, double tolerance) {
  ASSERT_EQ(actual.layers.size(), expected.layers.size());
  for (size_t l = 0; l < actual.layers.size(); ++l) {
    ASSERT_EQ(actual.layers[l].attention, expected.layers[l].attention) << "attention, layer " << l;
    ASSERT_EQ(actual.layers[l].cached, expected.layers[l].cached) << "cache, layer " << l;
    ASSERT_EQ(actual.layers[l].cached_heads, expected.layers[l].cached_heads)
        << "cache by head, layer " << l;
    ASSERT_EQ(actual.layers[l].ffn, expected.layers[l].ffn) << "FFN, layer " << l;
    ASSERT_EQ(actual.layers[l].alive_after, expected.layers[l].alive_after) << "alive, layer " << l;
  }
  const at::Tensor difference = actual.logits.to(at::kDouble) - expected.logits.to(at::kDouble);
  EXPECT_LE(difference.abs().max().item<double>(), tolerance);
}

}  // namespace skipbench::test
