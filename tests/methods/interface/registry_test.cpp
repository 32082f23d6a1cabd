#include "methods/interface/registry.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <functional>
#include <set>
#include <utility>

#include "kernels/base/error.h"
#include "methods/interface/table.h"
#include "tests/methods/support/outcome.h"
#include "tests/methods/support/skipping_parameters.h"
#include "tests/methods/support/tiny_model.h"
#include "tests/support/recorded_flops.h"

namespace skipbench::test {

namespace {

constexpr std::array<int64_t, 6> kLengths = {1, 2, 7, 64, 65, 1000};
const std::vector<int32_t> kReply = {3, 1, 4, 1};

class EveryMethod : public testing::TestWithParam<std::string> {
 protected:
  MethodEntry entry() const { return find_method(GetParam()); }
  Json skipping() const { return resolved(GetParam(), skipping_parameters(GetParam())); }
};

TEST_P(EveryMethod, IsDescribed) {
  EXPECT_FALSE(entry().summary.empty());
  EXPECT_FALSE(entry().paper.empty());
  EXPECT_FALSE(entry().fate.empty());
  for (const FieldDescription& field : entry().describe()) {
    EXPECT_FALSE(field.help.empty()) << field.name;
    EXPECT_FALSE(field.source.empty()) << field.name;
  }
}

TEST_P(EveryMethod, ResolvingTwiceChangesNothing) {
  EXPECT_EQ(resolved(GetParam(), skipping()), skipping());
}

TEST_P(EveryMethod, RefusesAnUnknownParameter) {
  std::vector<ParameterProblem> problems;
  Json given = skipping_parameters(GetParam());
  given["no_such_parameter"] = 1;
  entry().resolve(given, problems);
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].key, "no_such_parameter");
}

TEST_P(EveryMethod, WithEverythingSelectedEqualsFullAttentionBitForBitThroughDecoding) {
  const Json everything = entry().select_everything(skipping());
  for (const TinyShape& shape : tiny_shapes()) {
    const Model model = tiny_model(shape);
    Decoder decoder(model);
    const auto full = ready_method("full", {}, decoder);
    const auto method = ready_method(GetParam(), everything, decoder);
    for (const int64_t length : kLengths) {
      const Prompt prompt = tiny_prompt(length);
      for (const bool force_gather : {length == 65, false}) {
        SCOPED_TRACE(testing::Message() << shape.name << " N " << length << " " << force_gather);
        const PrefillOptions options{.force_gather = force_gather, .record_positions = true};
        Sequence expected = decoder.prefill(prompt, *full, {.record_positions = true});
        Sequence actual = decoder.prefill(prompt, *method, options);
        expect_same(outcome_of(actual), outcome_of(expected), 0);
        EXPECT_TRUE(at::equal(decoder.extend(actual, {&kReply[0], 1}),
                              decoder.extend(expected, {&kReply[0], 1})));
        EXPECT_TRUE(at::equal(decoder.extend(actual, {&kReply[1], 1}),
                              decoder.extend(expected, {&kReply[1], 1})));
        EXPECT_EQ(actual.activity.decode_kv_share(), 1.0);
      }
    }
  }
}

TEST_P(EveryMethod, SharesItsArtefactWithItsSelfCheck) {
  const auto key_of = [&](const Json& params) {
    return entry().make(params, tiny_model(tiny_llama()).config)->artefact_key();
  };
  EXPECT_EQ(key_of(skipping()), key_of(entry().select_everything(skipping())));
}

TEST_P(EveryMethod, IsDeterministicAndKeepsNothingFromOnePromptToTheNext) {
  const Model model = tiny_model(tiny_llama());
  Decoder decoder(model);
  const auto method = ready_method(GetParam(), skipping(), decoder);
  const auto run = [&](int64_t length) {
    Sequence sequence = decoder.prefill(tiny_prompt(length), *method, {.record_positions = true});
    decoder.extend(sequence, kReply);
    return outcome_of(sequence);  // with the logits behind the reply
  };
  const Outcome first = run(65);
  run(80);
  run(3);
  expect_same(run(65), first, 0);
}

TEST_P(EveryMethod, WorksAtEveryLength) {
  const bool forces_last = !GetParam().starts_with("gemfilter");  // whose authors force no token
  for (const TinyShape& shape : tiny_shapes()) {
    const Model model = tiny_model(shape);
    Decoder decoder(model);
    const auto method = ready_method(GetParam(), skipping(), decoder);
    for (const int64_t length : kLengths) {
      SCOPED_TRACE(testing::Message() << shape.name << " N " << length);
      Sequence sequence = decoder.prefill(tiny_prompt(length), *method, {.record_positions = true});
      EXPECT_TRUE(at::isfinite(sequence.logits).all().item<bool>());
      for (const LayerOutcome& layer : outcome_of(sequence).layers) {
        for (const Positions* kept : {&layer.attention, &layer.ffn, &layer.alive_after}) {
          EXPECT_TRUE(std::is_sorted(kept->begin(), kept->end(), std::less_equal<>())) << length;
          EXPECT_TRUE(kept->back() == length - 1 || !forces_last) << length;
        }
        for (const Positions& kept : layer.cached_heads) {
          EXPECT_TRUE(std::is_sorted(kept.begin(), kept.end(), std::less_equal<>())) << length;
        }
      }
      EXPECT_TRUE(at::isfinite(decoder.extend(sequence, kReply)).all().item<bool>());
    }
  }
}

// Prefill FLOPs, rows of the cache or FFNs of decode steps: whatever the method promises to save.
TEST_P(EveryMethod, SavesWorkWhenItSkips) {
  const Model model = tiny_model(tiny_llama());
  Decoder decoder(model);
  const auto method = ready_method(GetParam(), skipping(), decoder);
  const Everything everything;
  const Sequence full = decoder.prefill(tiny_prompt(400), everything);
  Sequence sequence = decoder.prefill(tiny_prompt(400), *method, {.max_new_tokens = 12});
  const bool fewer_flops = sequence.work.total() < full.work.total();
  const bool fewer_bytes = sequence.cache.bytes_in_use() < full.cache.bytes_in_use();
  decoder.extend(sequence, std::vector<int32_t>(10, 7));
  const bool fewer_ffns = *sequence.activity.decode_ffn_share() < 1;
  const bool skips = GetParam() != "full";
  EXPECT_EQ(full.work.total(), full_prefill_flops(model.config, 400));
  EXPECT_EQ(sequence.activity.kv_share() < 1, fewer_bytes);
  EXPECT_EQ(fewer_flops || fewer_bytes || fewer_ffns, skips);
  EXPECT_EQ(sequence.activity.active(), skips);
  if (fewer_flops) return;
  // Prefill ran in full: what it spent more is the probe.
  EXPECT_EQ(sequence.work.total(), full.work.total() + sequence.work.flops(WorkKind::kProbe));
}

// Prompts and weights of different seeds have different scores: where work follows them, it
// differs.
TEST_P(EveryMethod, IsCalledScoreDrivenWhereItsWorkDiffersBetweenPromptsOfALength) {
  std::set<std::pair<int64_t, int64_t>> work;  // FLOPs of the prefill, FFNs of the reply
  for (uint64_t seed = 1; seed <= 8; ++seed) {
    const Model model = tiny_model(tiny_llama(), seed);
    Decoder decoder(model);
    Json params = skipping();
    if (GetParam() == "asl") params["threshold"] = 1.0;  // the layer is not always the first
    const auto method = ready_method(GetParam(), params, decoder);
    Sequence sequence = decoder.prefill(tiny_prompt(400, seed), *method, {.max_new_tokens = 12});
    decoder.extend(sequence, std::vector<int32_t>(10, 7));
    work.emplace(sequence.work.total(), sequence.activity.decode_ffns);
  }
  EXPECT_EQ(work.size() > 1, score_driven(GetParam()));
}

TEST_P(EveryMethod, CountsTheWorkOfDecodingAsLibTorchRecordsIt) {
  const Model model = tiny_model(tiny_llama());
  Decoder decoder(model);
  const auto method = ready_method(GetParam(), skipping(), decoder);
  Sequence sequence = decoder.prefill(tiny_prompt(65), *method);
  EXPECT_EQ(sequence.decode_work.total(), 0);
  const RecordedFlops recorded;
  decoder.extend(sequence, kReply);
  EXPECT_EQ(sequence.decode_work.total(), recorded.total());
}

INSTANTIATE_TEST_SUITE_P(Registry, EveryMethod, testing::ValuesIn(method_names()),
                         [](const auto& test) { return test_name(test.param); });

TEST(Registry, AnUnknownMethodNamesTheNearest) {
  try {
    find_method("stps");
    FAIL() << "found";
  } catch (const InputError& error) {
    EXPECT_STREQ(error.what(), "unknown method 'stps'; did you mean 'spts'?");
  }
}

// Rules that were read in the authors' code, in the paper or a note on it, and those that no source
// decides must not look alike.
TEST(Registry, PrefillMethodsSayOfEachParameterWhereItIsFrom) {
  const std::vector<std::string> origins = {"authors' code", "note on the paper", "public port",
                                            "inferred"};
  for (const char* name : {"sliminfer", "ffn_skipllm", "ftp_ffn", "gemfilter", "lazyllm", "fastkv",
                           "uniprefill", "pyramidinfer", "dash", "asl", "tsa"}) {
    for (const FieldDescription& field : find_method(name).describe()) {
      const auto names = [&](const std::string& origin) {
        return field.source.find(origin) != std::string::npos;
      };
      EXPECT_TRUE(std::any_of(origins.begin(), origins.end(), names)) << name << " " << field.name;
    }
  }
}

TEST(Registry, NamesAreUnique) {
  const auto names = method_names();
  EXPECT_EQ(std::set<std::string>(names.begin(), names.end()).size(), names.size());
}

}  // namespace
}  // namespace skipbench::test
