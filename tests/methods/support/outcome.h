#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string_view>
#include <vector>

#include "kernels/base/json.h"
#include "kernels/model/decoder.h"
#include "methods/interface/method.h"
#include "methods/interface/registry.h"

namespace skipbench::test {

using Positions = std::vector<int64_t>;

/// What one layer did, in prompt positions, ascending.
struct LayerOutcome {
  Positions attention, ffn, alive_after, cached;
  /// Where KV heads keep rows of their own, one list a head, the first of them `cached`; else
  /// empty.
  std::vector<Positions> cached_heads = {};
};

/// What a prefill did and what came out.
struct Outcome {
  std::vector<LayerOutcome> layers;
  at::Tensor logits;  // [V] fp32
};

/// Defaults and given parameters together; a problem fails the test.
Json resolved(std::string_view method, const Json& given);
/// A method ready to run: made for the model, and calibrated on tiny_texts() where it needs that.
std::unique_ptr<Method> ready_method(std::string_view name, const Json& given, Decoder& decoder);

/// One prompt under a method of the registry.
Outcome run_method(std::string_view name, const Json& given, Decoder& decoder, const Prompt& prompt,
                   PrefillOptions options = {});
Outcome outcome_of(const Sequence& sequence);

/// Kept sets equal layer by layer, logits within `tolerance`.
void expect_same(const Outcome& actual, const Outcome& expected, double tolerance);

}  // namespace skipbench::test
