#include "kernels/model/run.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "kernels/model/decoder.h"
#include "kernels/model/layer_context.h"
#include "tests/support/policy_of.h"
#include "tests/support/tiny_model.h"

// What a run's answers do to the prompt and to decode steps, and what belongs to each run alone.

namespace skipbench {
namespace {

using test::PolicyOf;
using test::tiny_config;
using test::tiny_model;
using test::tiny_prompt;
using ::testing::Each;

constexpr int64_t kLength = 20;
const std::vector<int32_t> kReply = {5, 99, 0, 42, 7, 7, 13, 64};

at::Tensor wide(const at::Tensor& x) {
  return x.to(at::kDouble);
}

double gap(const at::Tensor& a, const at::Tensor& b) {
  return (wide(a) - wide(b)).abs().max().item<double>();
}

// The FFN's update of the rows, in double precision and with nothing of ours.
at::Tensor ffn_by_hand(const LayerContext& layer, const at::Tensor& hidden) {
  const LayerWeights& w = layer.weights();
  const at::Tensor x = wide(hidden);
  const at::Tensor scale = (x.pow(2).mean(-1, true) + layer.config().norm_epsilon).sqrt();
  const auto gate_up = at::matmul(x / scale * wide(w.ffn_norm), wide(w.gate_up).t()).chunk(2, 1);
  return at::matmul(at::silu(gate_up[0]) * gate_up[1], wide(w.down).t());
}

// Where FFNs run: on all rows, on every other one or on none.
enum class Part { kAll, kOdd, kNone };

TokenRows rows_of(Part part, int64_t count) {
  if (part == Part::kNone) return TokenRows::none(count);
  if (part == Part::kAll) return TokenRows::all(count);
  return TokenRows::of(at::arange(1, count, 2, at::kLong), count);
}

// What layer 0 showed of its FFN.
struct ShownFfn {
  at::Tensor before, after;  // [M, D] the residual stream
  at::Tensor by_hand;        // [M, D] what the FFN would add
  at::Tensor scale;          // [M] by what it was multiplied, 0 where it did not run
};

// Scales the updates of the prompt's rows by numbers that rise from row to row, and those of a step
// by 0.5; or all of them by one number.
struct ScalesFfn : RunOf<ScalesFfn> {
  explicit ScalesFfn(ShownFfn& prompt, ShownFfn& step, Part in_prompt)
      : shown_prompt(prompt), shown_step(step), part(in_prompt) {}

  FfnRows ffn(LayerContext& layer) override {
    if (layer.in_step()) return {TokenRows::all(1), at::full({1}, 0.5)};
    const TokenRows rows = rows_of(part, layer.live());
    return {rows, at::linspace(0, 1.5, rows.count())};
  }
  TokenRows lives(LayerContext& layer, Point point) override {
    if (layer.layer() == 0 && !layer.in_step()) watch_prompt(layer, point);
    if (layer.layer() == 0 && layer.in_step()) watch_step(layer, point);
    return TokenRows::all(layer.live());
  }

  void watch_prompt(LayerContext& layer, Point point) {
    if (point == Point::kAfterLayer) {
      shown_prompt.after = layer.hidden().clone();
      return;
    }
    shown_prompt.before = layer.hidden().clone();
    shown_prompt.by_hand = ffn_by_hand(layer, shown_prompt.before);
    const TokenRows rows = rows_of(part, layer.live());
    shown_prompt.scale = at::zeros(layer.live());
    shown_prompt.scale.index_copy_(0, rows.indices(at::kCPU), at::linspace(0, 1.5, rows.count()));
  }
  void watch_step(LayerContext& layer, Point point) {
    if (point == Point::kAfterLayer) {
      shown_step.after = layer.hidden().clone();
      return;
    }
    shown_step.before = layer.hidden().clone();
    shown_step.by_hand = ffn_by_hand(layer, shown_step.before);
    shown_step.scale = at::full({1}, 0.5);
  }

  ShownFfn& shown_prompt;
  ShownFfn& shown_step;
  Part part;
};

void expect_scaled(const ShownFfn& shown) {
  ASSERT_TRUE(shown.after.defined());
  const at::Tensor update = shown.by_hand * shown.scale.unsqueeze(1);
  EXPECT_GT(update.abs().max().item<double>(), 0.1) << "too small to tell";
  EXPECT_LT(gap(shown.after, wide(shown.before) + update), 1e-4);
}

TEST(FfnScale, MultipliesTheUpdateOfEachRowOfThePromptAndOfANewToken) {
  const Model model = tiny_model(tiny_config());
  Decoder decoder(model);
  for (const Part part : {Part::kAll, Part::kOdd}) {
    for (const bool force_gather : {false, true}) {
      SCOPED_TRACE(testing::Message() << static_cast<int>(part) << ' ' << force_gather);
      ShownFfn prompt, step;
      const PolicyOf policy(ScalesFfn(prompt, step, part), {.steps = Steps::kFfn});
      Sequence sequence = decoder.prefill(tiny_prompt(model.config, kLength), policy,
                                          {.force_gather = force_gather});
      expect_scaled(prompt);
      decoder.extend(sequence, {&kReply[0], 1});
      expect_scaled(step);
      EXPECT_EQ(sequence.activity.decode_ffns, model.config.layers) << "scaled FFNs ran";
    }
  }
}

// The FFN of the prompt's rows and of the reply's tokens, each scaled by one number or not at all.
struct Scaled : RunOf<Scaled> {
  struct Answer {
    Part part = Part::kAll;
    std::optional<double> scale = {};
  };
  Scaled(Answer of_prompt, Answer of_step) : prompt(of_prompt), step(of_step) {}

  FfnRows ffn(LayerContext& layer) override {
    const Answer& answer = layer.in_step() ? step : prompt;
    FfnRows ffn{rows_of(answer.part, layer.in_step() ? 1 : layer.live())};
    if (answer.scale) ffn.scale = at::full({ffn.rows.count()}, *answer.scale);
    return ffn;
  }
  Answer prompt, step;
};

// Logits behind the prompt and behind each token of a reply: [1 + n, V].
at::Tensor scaled_logits(Decoder& decoder, Scaled::Answer prompt, Scaled::Answer step) {
  const PolicyOf policy(Scaled(prompt, step), {.steps = Steps::kFfn});
  Sequence sequence = decoder.prefill(tiny_prompt(decoder.model().config, kLength), policy);
  const at::Tensor first = sequence.logits.unsqueeze(0);
  return at::cat({first, decoder.extend(sequence, kReply)});
}

TEST(FfnScale, OfOneIsNone) {
  const Model model = tiny_model(tiny_config());
  Decoder decoder(model);
  const auto logits = [&](Part part, std::optional<double> prompt, std::optional<double> step) {
    return scaled_logits(decoder, {part, prompt}, {Part::kAll, step});
  };
  const at::Tensor odd = logits(Part::kOdd, {}, {}), all = logits(Part::kAll, {}, {});
  EXPECT_TRUE(at::equal(logits(Part::kOdd, 1, {}), odd));
  EXPECT_TRUE(at::equal(logits(Part::kAll, {}, 1), all));
  // Without a scale the last product adds to the residual stream itself: rounded otherwise.
  EXPECT_LT(gap(logits(Part::kAll, 1, 1), all), 1e-4);
}

TEST(FfnScale, OfZeroIsAsIfTheFfnDidNotRun) {
  const Model model = tiny_model(tiny_config());
  Decoder decoder(model);
  const Scaled::Answer zero{Part::kAll, 0}, none{Part::kNone, {}};
  const at::Tensor skipped = scaled_logits(decoder, none, none);
  EXPECT_TRUE(at::equal(scaled_logits(decoder, zero, zero), skipped));
  EXPECT_TRUE(at::equal(scaled_logits(decoder, {Part::kOdd, 0}, none), skipped));
  EXPECT_GT(gap(scaled_logits(decoder, {}, {}), skipped), 0.1);
}

// With one layer, whose FFN's input does not depend on the scale, half the update is half way.
TEST(FfnScale, OfAHalfHalvesTheUpdateOfAModelOfOneLayer) {
  Model model = tiny_model(tiny_config(3, false, 1));
  // The norm behind the last layer would hide the length of what goes through it.
  const auto hidden_of = [&](std::optional<double> scale, Part part) {
    Decoder decoder(model);
    struct LastHidden : RunOf<LastHidden, Scaled> {
      LastHidden(Answer answer, at::Tensor& shown) : RunOf(answer, answer), hidden(shown) {}
      TokenRows lives(LayerContext& layer, Point point) override {
        if (point == Point::kAfterLayer) hidden = layer.hidden().clone();
        return Scaled::lives(layer, point);
      }
      at::Tensor& hidden;
    };
    at::Tensor hidden;
    const PolicyOf policy{LastHidden({part, scale}, hidden)};
    decoder.prefill(tiny_prompt(model.config, kLength), policy);
    return hidden;
  };
  const at::Tensor without = hidden_of({}, Part::kNone), with = hidden_of({}, Part::kAll);
  EXPECT_LT(gap(hidden_of(0.5, Part::kAll), (without + with) / 2), 1e-4);
  EXPECT_GT(gap(with, without), 0.1);
}

// The heads of a new token that sees these rows: [1, H * d], in double precision.
at::Tensor heads_by_hand(LayerContext& layer, const SeenAttention& all, const at::Tensor& rows) {
  const ModelConfig& c = layer.config();
  const at::Tensor query = wide(layer.last_queries(1))[0];         // [H, d]
  const at::Tensor keys = wide(all.keys()).index_select(0, rows);  // [K, Hkv, d]
  const at::Tensor values = wide(all.values()).index_select(0, rows);
  std::vector<at::Tensor> heads;
  for (int64_t h = 0; h < c.query_heads; ++h) {
    const int64_t kv = h / c.queries_per_kv_head();
    const at::Tensor scores = at::mv(keys.select(1, kv), query[h]) / std::sqrt(c.head_size);
    heads.push_back(at::mv(values.select(1, kv).t(), scores.softmax(0)));
  }
  return at::cat(heads).unsqueeze(0);
}

// In steps every third row is read, and the new token.
struct ReadsAThird : RunOf<ReadsAThird> {
  explicit ReadsAThird(int& checks) : checked(checks) {}
  static at::Tensor rows(int64_t live) { return at::arange((live - 1) % 3, live, 3, at::kLong); }

  Reads reads(LayerContext& layer) override {
    if (!layer.in_step()) return Reads::all(layer.live());
    before = layer.hidden().clone();
    all = layer.seen();
    return Reads::of(TokenRows::of(rows(layer.live()), layer.live()));
  }
  TokenRows lives(LayerContext& layer, Point point) override {
    if (layer.in_step() && point == Point::kAfterAttention) {
      const at::Tensor heads = heads_by_hand(layer, *all, rows(layer.live()));
      EXPECT_EQ(layer.seen().visible(), rows(layer.live()).size(0)) << "what attention saw";
      const at::Tensor update = at::matmul(heads, wide(layer.weights().attention_out).t());
      EXPECT_LT(gap(layer.hidden(), wide(before) + update), 1e-4);
      ++checked;
    }
    return TokenRows::all(layer.live());
  }
  int& checked;
  at::Tensor before;
  std::optional<SeenAttention> all;
};

TEST(ReadsInStep, AreAttentionOverTheseRowsAlone) {
  for (const int64_t group : {1, 3}) {
    const Model model = tiny_model(tiny_config(group));
    Decoder decoder(model);
    int checked = 0;
    const PolicyOf policy(ReadsAThird(checked), {.steps = Steps::kWhole});
    Sequence sequence = decoder.prefill(tiny_prompt(model.config, kLength), policy);
    decoder.extend(sequence, kReply);
    const auto steps = static_cast<int>(kReply.size());
    EXPECT_EQ(checked, steps * (model.config.layers - 1)) << "nobody lives on after the last layer";
    EXPECT_THAT(sequence.cache.lengths(), Each(kLength + steps)) << "what is not read stays";
  }
}

constexpr int64_t kWindow = 5;  // rows that a new token sees, itself included

struct ReadsWindow : RunOf<ReadsWindow> {
  Reads reads(LayerContext& layer) override {
    const int64_t live = layer.live();
    if (!layer.in_step()) return Reads::all(live);
    return Reads::of(TokenRows::of(at::arange(live - kWindow, live), live));
  }
};

// The cache holds what the window sees, and nothing else.
struct EvictsAllButWindow : RunOf<EvictsAllButWindow> {
  Keeps keeps(LayerContext& layer) override {
    const int64_t live = layer.live();
    if (layer.in_step()) return Run::keeps(layer);
    return {.rows = TokenRows::of(at::arange(live - (kWindow - 1), live), live)};
  }
  // The newest row takes the place of the one that leaves: places are taken in turns.
  void begin_step(KvCache& cache, int64_t step) override {
    if (step == 0) return;
    for (int64_t l = 0; l < cache.layers(); ++l) cache.evict(l, (step - 1) % (kWindow - 1));
  }
};

TEST(ReadsInStep, OfAWindowEqualACacheFromWhichAllOthersWereEvicted) {
  const Model model = tiny_model(tiny_config());
  Decoder decoder(model);
  const PolicyOf reading(ReadsWindow(), {.steps = Steps::kWhole});
  const PolicyOf evicting(EvictsAllButWindow(), {.steps = Steps::kBetween});
  const Prompt prompt = tiny_prompt(model.config, kLength);
  Sequence read = decoder.prefill(prompt, reading), evicted = decoder.prefill(prompt, evicting);
  const Everything full;
  Sequence all = decoder.prefill(prompt, full);
  const at::Tensor logits = decoder.extend(read, kReply);
  EXPECT_LT(gap(logits, decoder.extend(evicted, kReply)), 1e-4);
  EXPECT_GT(gap(logits, decoder.extend(all, kReply)), 0.1);
  EXPECT_EQ(read.activity.decode_rows, evicted.activity.decode_rows);
  EXPECT_EQ(read.decode_work.total(), evicted.decode_work.total());
  EXPECT_THAT(evicted.cache.lengths(), Each(kWindow));
}

// Notes what it is asked of decode steps.
struct Notes : RunOf<Notes> {
  explicit Notes(std::map<std::string, int64_t>& counts) : asked(counts) {}
  void note(const LayerContext& layer, const char* question) const {
    if (layer.in_step()) ++asked[question];
  }
  Reads reads(LayerContext& layer) override { return note(layer, "reads"), Run::reads(layer); }
  Keeps keeps(LayerContext& layer) override { return note(layer, "keeps"), Run::keeps(layer); }
  FfnRows ffn(LayerContext& layer) override { return note(layer, "ffn"), Run::ffn(layer); }
  TokenRows lives(LayerContext& layer, Point point) override {
    return note(layer, "lives"), Run::lives(layer, point);
  }
  std::map<std::string, int64_t>& asked;
};

TEST(Steps, AreAskedAboutAsTheNeedsSay) {
  const Model model = tiny_model(tiny_config());
  Decoder decoder(model);
  const auto asked = [&](Steps steps) {
    std::map<std::string, int64_t> counts;
    const PolicyOf policy(Notes(counts), {.steps = steps});
    Sequence sequence = decoder.prefill(tiny_prompt(model.config, kLength), policy);
    decoder.extend(sequence, {&kReply[0], 1});
    return counts;
  };
  using Counts = std::map<std::string, int64_t>;
  const int64_t layers = model.config.layers;
  EXPECT_EQ(asked(Steps::kFree), Counts());
  EXPECT_EQ(asked(Steps::kBetween), Counts());
  const Counts of_ffns = {{"ffn", layers}, {"lives", 2 * (layers - 1)}};
  EXPECT_EQ(asked(Steps::kFfn), of_ffns);
  Counts whole = of_ffns;
  whole["reads"] = whole["keeps"] = layers;
  EXPECT_EQ(asked(Steps::kWhole), whole);
}

// Every answer in a step follows from all questions before it, those of the prompt included.
struct Remembers : RunOf<Remembers> {
  int64_t count(int64_t more) { return asked = (asked * 5 + more) % 97; }

  FfnRows ffn(LayerContext& layer) override {
    const int64_t seen = count(layer.live());
    if (!layer.in_step()) return Run::ffn(layer);
    return {seen % 3 == 0 ? TokenRows::none(1) : TokenRows::all(1)};
  }
  Reads reads(LayerContext& layer) override {
    const int64_t live = layer.live(), first = count(1) % (live / 2);
    if (!layer.in_step()) return Reads::all(live);
    return Reads::of(TokenRows::of(at::arange(first, live), live));
  }
  void begin_step(KvCache& cache, int64_t) override {
    for (int64_t l = 0; l < cache.layers(); ++l) cache.evict(l, count(l) % cache.layer(l).length);
  }
  int64_t asked = 0;
};

class RunsOfOnePolicy : public ::testing::TestWithParam<Steps> {
 protected:
  Sequence begun(int64_t length) {
    return decoder_.prefill(tiny_prompt(model_.config, length, static_cast<uint64_t>(length)),
                            policy_);
  }
  // One token after the other: the logits behind each.
  std::vector<at::Tensor> decoded(Sequence& sequence) {
    std::vector<at::Tensor> logits;
    for (const int32_t& token : kReply) logits.push_back(decoder_.extend(sequence, {&token, 1}));
    return logits;
  }

  const Model model_ = tiny_model(tiny_config());
  Decoder decoder_{model_};
  const PolicyOf<Remembers> policy_{Remembers(), {.steps = GetParam()}};
};

TEST_P(RunsOfOnePolicy, DecodeInTurnsAsOneAfterTheOther) {
  std::vector<at::Tensor> first, second;
  {
    Sequence one = begun(20);
    first = decoded(one);
    Sequence other = begun(33);
    second = decoded(other);
  }
  Sequence one = begun(20), other = begun(33);
  for (size_t i = 0; i < kReply.size(); ++i) {
    EXPECT_TRUE(at::equal(decoder_.extend(one, {&kReply[i], 1}), first[i])) << i;
    EXPECT_TRUE(at::equal(decoder_.extend(other, {&kReply[i], 1}), second[i])) << i;
  }
}

TEST_P(RunsOfOnePolicy, ReplayTheSameReplyFromAMark) {
  Sequence sequence = begun(20);
  const Sequence::Mark mark = sequence.mark();
  const std::vector<at::Tensor> first = decoded(sequence);
  const Activity activity = sequence.activity;
  EXPECT_LT(activity.decode_kv_share(), 1) << "rows left";
  for (int round = 0; round < 2; ++round) {
    sequence.rewind(mark);
    const std::vector<at::Tensor> again = decoded(sequence);
    for (size_t i = 0; i < again.size(); ++i) EXPECT_TRUE(at::equal(again[i], first[i])) << i;
    EXPECT_EQ(sequence.activity.decode_ffns, activity.decode_ffns);
    EXPECT_EQ(sequence.activity.decode_rows, activity.decode_rows);
  }
  // What the run remembers matters: without it the reply is another.
  sequence.rewind({mark.cache, mark.next_position, mark.logits, std::make_unique<Remembers>()});
  EXPECT_FALSE(at::equal(decoded(sequence).back(), first.back()));
}

INSTANTIATE_TEST_SUITE_P(Decoding, RunsOfOnePolicy,
                         ::testing::Values(Steps::kBetween, Steps::kWhole));

}  // namespace
}  // namespace skipbench
