#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/methods/support/outcome.h"
#include "tests/methods/support/skipping_parameters.h"
#include "tests/methods/support/tiny_model.h"
#include "tests/support/recorded_flops.h"
#include "tests/support/recorded_reads.h"

namespace skipbench::test {
namespace {

// What holds for every method of sparse attention alike.
class SparseMethods : public testing::TestWithParam<std::string> {
 protected:
  Sequence run(const Json& params, int64_t length) {
    const auto method = ready_method(GetParam(), params, decoder);
    return decoder.prefill(tiny_prompt(length), *method);
  }

  const Model model = tiny_model(tiny_llama());
  Decoder decoder{model};
};

// Pairs are counted as their mean over heads, rounded: half a pair a head and layer at most.
TEST_P(SparseMethods, CountTheFlopsThatLibTorchRecorded) {
  const ModelConfig& c = model.config;
  const int64_t rounding = c.layers * 4 * c.head_size * c.query_heads / 2;
  for (const int64_t length : {7, 129, 400, 900}) {
    const skipbench::test::RecordedFlops recorded;
    const Sequence sequence = run(skipping_parameters(GetParam()), length);
    EXPECT_NEAR(static_cast<double>(sequence.work.total()), static_cast<double>(recorded.total()),
                static_cast<double>(rounding))
        << length;
  }
}

// On a GPU a number that is read back in every layer would count as the method's time.
TEST_P(SparseMethods, ReadNothingBackBeforeTheirCountsAreAskedFor) {
  const auto method = ready_method(GetParam(), skipping_parameters(GetParam()), decoder);
  const Prompt prompt = tiny_prompt(400);
  const RecordedReads reads;
  Sequence sequence = decoder.prefill(prompt, *method, {.defer_counts = true});
  EXPECT_EQ(reads.total(), 0);
  for (const LayerActivity& layer : sequence.activity.layers) EXPECT_EQ(layer.attention_pairs, 0);
  decoder.read_counts(sequence);
  const Sequence expected = decoder.prefill(prompt, *method);
  EXPECT_GT(expected.activity.layers[0].attention_pairs, 0);
  EXPECT_EQ(sequence.activity.layers, expected.activity.layers);
  EXPECT_EQ(sequence.work.total(), expected.work.total());
}

TEST_P(SparseMethods, AreSparseInTheLayersThatTheyAreGivenAlone) {
  Json params = skipping_parameters(GetParam());
  params["layers"] = {1, 4};
  const Sequence sequence = run(params, 400);
  for (int64_t l = 0; l < model.config.layers; ++l) {
    const LayerActivity& layer = sequence.activity.layers[l];
    EXPECT_EQ(layer.attention_pairs < causal_pairs(400), l == 1 || l == 4) << l;
    EXPECT_EQ(layer.kv_length, 400);
    EXPECT_EQ(layer.attention_updated, 400);
    EXPECT_EQ(layer.ffn_updated, 400);
  }
}

TEST_P(SparseMethods, LeaveAPromptOfOneBlockDense) {
  const Sequence sequence = run(resolved(GetParam(), {}), 128);
  EXPECT_FALSE(sequence.activity.active());
  EXPECT_EQ(sequence.work.total(), full_prefill_flops(model.config, 128));
}

TEST_P(SparseMethods, DecodeDensely) {
  const auto method = ready_method(GetParam(), skipping_parameters(GetParam()), decoder);
  Sequence sequence = decoder.prefill(tiny_prompt(400), *method);
  const std::vector<int32_t> token = {7};
  decoder.extend(sequence, token);
  EXPECT_EQ(sequence.activity.decode_kv_share(), 1.0);
}

INSTANTIATE_TEST_SUITE_P(Sparse, SparseMethods,
                         testing::Values("minference", "flexprefill", "xattention", "block_sparse"),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace skipbench::test
