#include "harness/measure/measure.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <memory>
#include <new>

#include "kernels/model/cache/kv_cache.h"
#include "kernels/model/run.h"
#include "tests/support/policy_of.h"
#include "tests/support/tiny_model.h"

namespace skipbench {
namespace {

// Full attention that counts the decode steps it is told of.
struct StepCounter : RunOf<StepCounter> {
  explicit StepCounter(int64_t& steps) : steps_(steps) {}
  void begin_step(KvCache&, int64_t) override { ++steps_; }

 private:
  int64_t& steps_;
};

test::PolicyOf<StepCounter> counting(int64_t& steps) {
  return test::PolicyOf(StepCounter(steps), {.steps = Steps::kFfn});
}

Job short_job() {
  Job job;
  job.prompt.tokens = {3, 1, 4, 1, 5, 9};
  job.prompt.content_end = job.prompt.length();
  job.rules.max_new_tokens = 5;
  job.rules.ignore_eos = true;
  return job;
}

TEST(Measure, WarmsUpWithEveryDecodeStepOfTheJob) {
  const Model model = test::tiny_model(test::tiny_config());
  Decoder decoder(model);
  int64_t steps = 0;
  const auto policy = counting(steps);
  warm_up(decoder, policy, short_job());
  EXPECT_EQ(steps, 4) << "the first of 5 tokens comes from the prefill";
  steps = 0;
  EXPECT_EQ(measure(decoder, policy, short_job()).new_tokens.size(), 5u);
  EXPECT_EQ(steps, 4);
}

TEST(Measure, EndsTheWarmUpWhereTheJobEnds) {
  const Model model = test::tiny_model(test::tiny_config());
  Decoder decoder(model);
  int64_t steps = 0;
  const auto policy = counting(steps);
  Job job = short_job();
  job.rules.ignore_eos = false;
  job.rules.end_tokens = {measure(decoder, policy, job).new_tokens[0]};
  steps = 0;
  warm_up(decoder, policy, job);
  EXPECT_EQ(steps, 0);
}

// Drops the first row of every layer's cache before each step, and looks whether the rest moved.
struct Evictor : RunOf<Evictor> {
  explicit Evictor(bool& copied) : copied_(copied) {}
  void end_prompt(KvCache& cache) override { keys_ = cache.layer(0).keys.const_data_ptr(); }
  void begin_step(KvCache& cache, int64_t) override {
    for (int64_t layer = 0; layer < cache.layers(); ++layer) cache.evict(layer, 0);
    copied_ |= cache.layer(0).keys.const_data_ptr() != keys_;
  }

 private:
  bool& copied_;
  const void* keys_ = nullptr;
};

test::PolicyOf<Evictor> evicting(bool& copied, Steps steps) {
  return test::PolicyOf(Evictor(copied), {.steps = steps});
}

TEST(Measure, CopiesNothingOfAMethodThatEvictsWhileTheClockRuns) {
  const Model model = test::tiny_model(test::tiny_config());
  Decoder decoder(model);
  Job job = short_job();
  job.answer = {7, 8, 9};
  for (const Steps steps : {Steps::kBetween, Steps::kWhole}) {
    bool copied = false;
    const Measurement measured = measure(decoder, evicting(copied, steps), job);
    EXPECT_FALSE(copied) << "a copy of the harness's is part of the time and of the peak";
    const int64_t row =
        2 * 2 * model.config.kv_heads * model.config.head_size * model.config.layers;
    EXPECT_EQ(measured.kv_bytes, job.prompt.length() * row * 2) << "before anything was evicted";
  }
}

TEST(Measure, ScoresTheAnswerFromTheEndOfThePromptWhateverTheReplyEvicted) {
  const Model model = test::tiny_model(test::tiny_config());
  Decoder decoder(model);
  Job job = short_job();
  job.answer = {7, 8, 9};
  for (const Steps steps : {Steps::kBetween, Steps::kWhole}) {
    bool copied = false;
    const auto policy = evicting(copied, steps);
    Sequence sequence = decoder.prefill(job.prompt, policy);
    const at::Tensor first = sequence.logits.unsqueeze(0);
    const at::Tensor after = decoder.extend(sequence, job.answer);  // [3, V]
    const at::Tensor losses = -at::log_softmax(at::cat({first, after}), 1);
    const double expected = (losses[0][7] + losses[1][8] + losses[2][9]).item<double>() / 3;
    const Measurement measured = measure(decoder, policy, job);
    EXPECT_NEAR(*measured.answer_nll, expected, 1e-5);
    EXPECT_TRUE(at::equal(measured.answer_logits, after));
  }
}

TEST(Measure, KeepsWhatFollowsTheFirstTokensOfTheAnswer) {
  const Model model = test::tiny_model(test::tiny_config());
  Decoder decoder(model);
  const Everything full;
  Job job = short_job();
  EXPECT_FALSE(measure(decoder, full, job).answer_logits.defined());
  job.answer = {7};
  EXPECT_EQ(measure(decoder, full, job).answer_logits.size(0), 1);
  job.answer.assign(kDivergenceTokens + 4, 7);
  EXPECT_EQ(measure(decoder, full, job).answer_logits.size(0), kDivergenceTokens);
}

TEST(Measure, FeedsALongAnswerInPartsThatTogetherAreTheWhole) {
  const Model model = test::tiny_model(test::tiny_config());
  Decoder decoder(model);
  const Everything full;
  Job job = short_job();
  for (int32_t i = 0; i < 2 * kDivergenceTokens + 3; ++i) job.answer.push_back(i % 11 + 3);
  Sequence sequence = decoder.prefill(job.prompt, full);
  double loss = 0;
  for (const int32_t& token : job.answer) {
    loss -= at::log_softmax(sequence.logits, 0)[token].item<double>();
    decoder.extend(sequence, {&token, 1});
  }
  EXPECT_NEAR(*measure(decoder, full, job).answer_nll, loss / std::ssize(job.answer), 1e-5);
}

// Full attention that runs out of memory when the answer is fed.
struct TooLargeForTheAnswer : Run {
  explicit TooLargeForTheAnswer(int& copies) : copies_(copies) {}
  std::unique_ptr<Run> clone() const override {
    if (++copies_ == 2) throw std::bad_alloc();  // the first is kept at the prompt's end
    return std::make_unique<TooLargeForTheAnswer>(*this);
  }

 private:
  int& copies_;
};

TEST(Measure, KeepsWhatWasMeasuredWhereMemoryIsTooSmallForTheAnswer) {
  const Model model = test::tiny_model(test::tiny_config());
  Decoder decoder(model);
  int copies = 0;
  const test::PolicyOf policy{TooLargeForTheAnswer(copies)};
  Job job = short_job();
  job.answer = {7, 8, 9};
  const Measurement measured = measure(decoder, policy, job);
  EXPECT_EQ(measured.new_tokens.size(), 5u);
  EXPECT_GT(measured.flops, 0);
  EXPECT_FALSE(measured.answer_nll);
  EXPECT_NE(measured.answer_failure, "");
}

TEST(Measure, AsksForNothingAfterTheEndOfTheContext) {
  ModelConfig config = test::tiny_config();
  config.context = 8;
  const Model model = test::tiny_model(config);
  Decoder decoder(model);
  const Everything full;
  Job job = short_job();
  job.rules.max_new_tokens = 1;
  job.answer = {7, 8, 9};  // the last of which would stand in the ninth place
  const Measurement measured = measure(decoder, full, job);
  EXPECT_EQ(measured.answer_logits.size(0), 2);
  EXPECT_GT(*measured.answer_nll, 0);
}

TEST(Measure, BeginsTheReplyWithTheMostProbableTokenThatIsAllowed) {
  const Model model = test::tiny_model(test::tiny_config());
  Decoder decoder(model);
  const Everything policy;
  Job job = short_job();
  const Measurement free = measure(decoder, policy, job);
  const int32_t best = free.new_tokens[0];
  job.rules.not_first = {best};
  at::Tensor others = free.first_logits.clone();
  others[best] = -1e30;
  const Measurement bound = measure(decoder, policy, job);
  EXPECT_EQ(bound.new_tokens[0], greedy_token(others));
  EXPECT_TRUE(at::equal(bound.first_logits, free.first_logits)) << "fidelity sees the model's own";
}

}  // namespace
}  // namespace skipbench
