#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "tests/methods/support/naive_cache.h"
#include "tests/methods/support/naive_reply.h"
#include "tests/methods/support/tiny_model.h"

namespace skipbench::test {
namespace {

// (all rows, recent ones): half and half, of a share each rounded down by itself.
std::pair<int64_t, int64_t> naive_split(const Json& p, int64_t n) {
  const Json &keep = p.at("keep"), &recent = p.at("recent");
  int64_t rows = naive_tokens(keep, n), last = rows / 2;
  if (recent.is_null() && !keep.is_number_integer()) {
    last = static_cast<int64_t>(keep.get<double>() / 2 * static_cast<double>(n));
    rows = 2 * last;
  }
  if (!recent.is_null()) last = naive_tokens(recent, n);
  rows = std::max<int64_t>(rows, 1);
  return {rows, std::clamp<int64_t>(last, 1, rows)};
}

Outcome naive_h2o(const Model& model, const Prompt& prompt, const Json& p) {
  const auto [keep, recent] = naive_split(p, prompt.length());
  const Positions all = all_positions(prompt.length());
  return naive_full_with_cache(
      model, prompt, [&, rows = keep, last = recent](const NaiveLayer& layer, int64_t) {
        return naive_top_and_recent(
            naive_group_sums(naive_attention_sums(layer, all, all), model.config.kv_heads), all,
            rows, last);
      });
}

TEST(H2o, EqualsTheReferenceForEveryShape) {
  for (const TinyShape& shape : tiny_shapes()) {
    expect_equals("h2o", naive_h2o, shape, R"({"keep": 0.4})", 67);
    expect_equals("h2o", naive_h2o, shape, R"({"keep": 20, "recent": 11})", 67);
  }
}

TEST(H2o, EqualsTheReferenceAtEveryLength) {
  for (const int64_t length : {1, 2, 8, 9, 31, 90}) {
    for (const char* params : {R"({"keep": 0.2})", R"({"keep": 1, "recent": 1})",
                               R"({"keep": 5, "recent": 8})", R"({"keep": 0.9, "recent": 0.9})"}) {
      expect_equals("h2o", naive_h2o, tiny_llama(), params, length);
    }
  }
}

TEST(H2o, HalfOfTheCacheIsRecent) {
  const Model model = tiny_model(tiny_llama());
  Decoder decoder(model);
  const Prompt prompt = tiny_prompt(90);
  const auto cached = [&](const char* params) {
    return run_method("h2o", Json::parse(params), decoder, prompt).layers[0].cached_heads;
  };
  EXPECT_EQ(cached(R"({"keep": 0.3})"), cached(R"({"keep": 26, "recent": 13})"));  // not 27
  EXPECT_EQ(cached(R"({"keep": 20})"), cached(R"({"keep": 20, "recent": 10})"));
  EXPECT_NE(cached(R"({"keep": 20})"), cached(R"({"keep": 20, "recent": 0.1})"));
}

TEST(H2o, HoldsNoMoreThanKeepHoweverManyRecentTokensThereAre) {
  const Model model = tiny_model(tiny_llama());
  Decoder decoder(model);
  const auto method = ready_method("h2o", Json::parse(R"({"keep": 5, "recent": 0.1})"), decoder);
  Sequence sequence = decoder.prefill(tiny_prompt(90), *method);
  EXPECT_EQ(sequence.cache.lengths(), std::vector<int64_t>(8, 5));
  decoder.extend(sequence, std::vector<int32_t>{3, 4});
  EXPECT_EQ(sequence.cache.lengths(), std::vector<int64_t>(8, 5));
}

TEST(H2o, EqualsTheReferenceOverSeveralChunksOfQueries) {
  expect_equals("h2o", naive_h2o, tiny_llama(), R"({"keep": 0.2})", 600);
}

TEST(H2o, CountsAllCausalPairsAsProbeWork) {
  const Model model = tiny_model(tiny_llama());
  Decoder decoder(model);
  const auto method = ready_method("h2o", Json::parse(R"({"keep": 0.2})"), decoder);
  const Sequence sequence = decoder.prefill(tiny_prompt(40), *method);
  const int64_t pairs = 40 * 41 / 2, heads = 6, size = 8, layers = 8;
  EXPECT_EQ(sequence.work.flops(WorkKind::kProbe), 2 * pairs * heads * size * layers);
}

// The cache of one layer while decoding: each KV head's positions and the attention they received.
class NaiveHitters {
 public:
  NaiveHitters(const NaiveLayer& layer, int64_t n, int64_t rows, int64_t recent, int64_t kv_heads)
      : rows_(rows), recent_(recent) {
    sums_ =
        naive_group_sums(naive_attention_sums(layer, all_positions(n), all_positions(n)), kv_heads);
    held_ = naive_top_and_recent(sums_, all_positions(n), rows, recent);
    if (held_.size() == 1) held_.resize(kv_heads, held_[0]);
  }

  std::vector<Positions> see(const NaiveLayer& layer, int64_t position) {
    const at::Tensor queries = layer.queries(), keys = layer.keys();
    const int64_t heads = queries.size(1), group = heads / std::ssize(held_);
    for (size_t kv = 0; kv < held_.size(); ++kv) {
      held_[kv].push_back(position);
      sums_[kv].push_back(0);
    }
    const std::vector<Positions> seen = held_;
    for (int64_t head = 0; head < heads; ++head) {
      const Positions& visible = seen[head / group];
      std::vector<double> weights;
      double total = 0;
      for (const int64_t i : visible) {
        const double product = (queries[position][head] * keys[i][head]).sum().item<double>();
        weights.push_back(std::exp(product / std::sqrt(static_cast<double>(queries.size(2)))));
        total += weights.back();
      }
      for (size_t i = 0; i < visible.size(); ++i) {
        sums_[head / group][visible[i]] += weights[i] / total;
      }
    }
    for (size_t kv = 0; kv < held_.size(); ++kv) evict(held_[kv], sums_[kv], position);
    return seen;
  }

 private:
  void evict(Positions& held, const std::vector<double>& sums, int64_t position) const {
    if (std::ssize(held) <= rows_) return;
    auto least = held.end();
    for (auto i = held.begin(); i != held.end(); ++i) {
      if (*i > position - recent_) continue;
      if (least == held.end() || sums[*i] <= sums[*least]) least = i;
    }
    held.erase(least);
  }

  int64_t rows_, recent_;
  HeadScores sums_;  // by KV head and position
  std::vector<Positions> held_;
};

TEST(H2o, WhileDecodingTheSumsGoOnAndTheLeastAttendedLeaves) {
  struct Case {
    const char* params;
    int64_t rows, recent;
  };
  uint64_t seed = 0;  // every shape and setting meets a prompt of its own
  for (const TinyShape& shape : tiny_shapes()) {
    for (const Case& run :
         {Case{R"({"keep": 0.3})", 12, 6}, Case{R"({"keep": 3, "recent": 5})", 3, 3},
          Case{R"({"keep": 45, "recent": 6})", 45, 6}}) {
      SCOPED_TRACE(testing::Message() << shape.name << " " << run.params);
      const Prompt prompt = tiny_prompt(40, ++seed);
      const Model model = tiny_model(shape);
      Decoder decoder(model);
      const auto method = ready_method("h2o", Json::parse(run.params), decoder);
      Sequence sequence = decoder.prefill(prompt, *method);
      const std::vector<at::Tensor> inputs = naive_full_inputs(model, prompt);
      std::vector<NaiveHitters> layers;
      for (int64_t l = 0; l < model.config.layers; ++l) {
        layers.emplace_back(NaiveLayer(model, l, inputs[l]), 40, run.rows, run.recent,
                            model.config.kv_heads);
      }
      NaiveReply reference(model, inputs,
                           [&](const NaiveLayer& layer, int64_t index, int64_t position) {
                             return layers[index].see(layer, position);
                           });
      expect_same_reply(decoder, sequence, 24,
                        [&](int32_t token) { return reference.feed(token); });
      EXPECT_EQ(sequence.cache.lengths(), std::vector<int64_t>(8, run.rows));
    }
  }
}

TEST(H2o, ItsSumsAreCountedAmongTheBytesOfTheSequence) {
  const Model model = tiny_model(tiny_llama());
  Decoder decoder(model);
  const auto method = ready_method("h2o", Json::parse(R"({"keep": 10})"), decoder);
  Sequence sequence = decoder.prefill(tiny_prompt(40), *method);
  const int64_t row = 2 * 2 * 8 * 4;     // K and V, 2 heads of 8, fp32
  const int64_t of_a_row = 2 * (4 + 4);  // 2 heads: a sum in fp32 and a number in int32
  EXPECT_EQ(sequence.cache.bytes_in_use(), 8 * 10 * (row + of_a_row));
  decoder.extend(sequence, std::vector<int32_t>{3, 4});
  EXPECT_EQ(sequence.cache.bytes_in_use(), 8 * 10 * (row + of_a_row));
}

// Another prompt of the same method in between changes nothing.
TEST(H2o, ASequenceKeepsItsSumsForItself) {
  const Model model = tiny_model(tiny_llama());
  Decoder decoder(model);
  const auto method = ready_method("h2o", Json::parse(R"({"keep": 10})"), decoder);
  const std::vector<int32_t> reply = {3, 4, 5, 6, 7, 8};
  Sequence alone = decoder.prefill(tiny_prompt(40, 1), *method);
  const at::Tensor expected = decoder.extend(alone, reply);
  Sequence sequence = decoder.prefill(tiny_prompt(40, 1), *method);
  decoder.prefill(tiny_prompt(40, 2), *method);
  EXPECT_TRUE(at::equal(decoder.extend(sequence, reply), expected));
}

TEST(H2o, RewindsToTheEndOfThePrompt) {
  const Model model = tiny_model(tiny_llama());
  Decoder decoder(model);
  const auto method = ready_method("h2o", Json::parse(R"({"keep": 12})"), decoder);
  Sequence sequence = decoder.prefill(tiny_prompt(30), *method);
  expect_rewinds(decoder, sequence, 20);
}

TEST(H2o, DecodesLikeFullAttentionWithoutALimit) {
  expect_full_when_everything_is_selected("h2o", Json::parse(R"({"keep": 12})"));
}

}  // namespace
}  // namespace skipbench::test
