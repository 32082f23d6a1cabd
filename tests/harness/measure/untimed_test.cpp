#include "harness/measure/untimed.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "harness/run/run_experiment.h"
#include "kernels/base/error.h"
#include "tests/harness/run/support/tiny_run.h"
#include "tests/support/policy_of.h"
#include "tests/support/tiny_model.h"

namespace skipbench {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string accuracy_experiment(const TinyRun& tiny, const std::string& timing) {
  return fmt::format(R"(experiment: tiny
model: {{checkpoint: "{}", device: cpu}}
tasks:
  - {{task: jsonl, file: "{}/rows.jsonl", max_new_tokens: 5, chat: false}}
methods:
  - method: full
  - {{method: snapkv, params: {{keep: 9, window: 2}}}}
  - {{method: h2o, params: {{keep: 9}}}}
  - {{method: streamingllm, params: {{keep: 9}}}}
  - {{method: ffn_skipllm, params: {{threshold: 0, warmup_share: 0}}}}
  - {{method: lazyllm, params: {{keep_end: 0.3}}}}
  - {{method: spts, params: {{full_layers: 1, stage_ends: [1], budgets: [0.5], ltp: false}}}}
{})",
                     tiny.model(), tiny.folder().string(), timing);
}

std::vector<std::string> figures(const TinyRun& tiny) {
  return tiny.query(
      "SELECT label, sample_id, metric, score, prediction, new_tokens, finish_reason, kv_bytes, "
      "flops, kl_first_token, kl_decoded, greedy_match, answer_nll, attention_share, ffn_share, "
      "attention_pair_share, kv_share, decode_path, eager_reason, decode_ffn_share, "
      "decode_kv_share, active, status FROM samples "
      "ORDER BY label, sample_id, metric");
}

TEST(Untimed, RowsEqualTimedOnesInAllButTheirTimes) {
  const TinyRun timed, untimed;
  timed.run(accuracy_experiment(timed, ""));
  const RunOutcome outcome = untimed.run(accuracy_experiment(untimed, "timing: none\n"));
  EXPECT_EQ(outcome.measured, 7 * 3);
  EXPECT_EQ(figures(untimed), figures(timed));
  EXPECT_THAT(untimed.query("SELECT DISTINCT status, ttft_ms, e2e_ms, ms_per_token, peak_bytes, "
                            "busy_ms FROM samples"),
              ElementsAre("ok|NULL|NULL|NULL|NULL|NULL"));
  EXPECT_EQ(untimed.run(accuracy_experiment(untimed, "timing: none\n")).measured, 0);
  // They are no rows of a timed experiment, which measures its own.
  EXPECT_EQ(untimed.run(accuracy_experiment(untimed, "")).measured, 7 * 3);
}

TEST(Untimed, TablesShowAccuracyAndNoSpeed) {
  const TinyRun tiny;
  tiny.run(accuracy_experiment(tiny, "timing: none\n"));
  EXPECT_THAT(tiny.query("SELECT DISTINCT n, score IS NOT NULL, speedup_ttft, ttft_ms_median "
                         "FROM cells WHERE label = 'snapkv'"),
              ElementsAre("3|1|NULL|NULL"));
}

TEST(Untimed, ContinuesAfterAnInterruptionAtAnyPlace) {
  const TinyRun undisturbed;
  undisturbed.run(accuracy_experiment(undisturbed, "timing: none\n"));
  int all = 0;
  const TinyRun counted;
  counted.run(accuracy_experiment(counted, "timing: none\n"), [&] { return ++all, 0; });
  for (int place = 1; place < all; place += std::max(1, all / 7)) {
    const TinyRun tiny;
    int asked = 0;
    const std::string experiment = accuracy_experiment(tiny, "timing: none\n");
    tiny.run(experiment, [&] { return ++asked > place ? SIGINT : 0; });
    tiny.run(experiment);
    EXPECT_EQ(tiny.samples(), undisturbed.samples()) << "interrupted at " << place;
  }
}

TEST(Untimed, AnotherBaselineMakesOtherRows) {
  const TinyRun tiny;
  const std::string experiment = accuracy_experiment(tiny, "timing: none\n");
  tiny.run(experiment);
  EXPECT_EQ(tiny.run(experiment + "baseline: h2o\n").measured, 7 * 3)
      << "distances to the former one must not stand there";
}

TEST(Untimed, ASearchSharesTheBaselinesRows) {
  const TinyRun tiny;
  Plan plan = tiny.plan(replaced(accuracy_experiment(tiny, "timing: none\n"), "ltp: false}}",
                                 "ltp: false}, search: {target: kl <= 100, over: budgets, "
                                 "steps: 3}}"));
  const ExperimentOutcome outcome =
      run_experiment(plan, {.database = tiny.database(), .command = "test", .messages = stderr});
  ASSERT_EQ(outcome.searches.size(), 1u);
  EXPECT_THAT(
      tiny.query("SELECT count(DISTINCT round), count(*) FROM samples WHERE label = 'full'"),
      ElementsAre("1|3"));
}

TEST(Untimed, RefusesWhatAsksForTimes) {
  const TinyRun tiny;
  const std::string experiment = accuracy_experiment(tiny, "timing: none\n");
  EXPECT_THAT(tiny.planning_error(experiment), IsEmpty());
  EXPECT_THAT(tiny.planning_error(
                  replaced(experiment, "methods:", "  - {task: speed, lengths: [48]}\nmethods:")),
              HasSubstr("the task 'speed' is all times; leave it out, or 'timing: none'"));
  EXPECT_THAT(tiny.planning_error(replaced(experiment, "budgets: [0.5], ltp: false}}",
                                           "budgets: [0.5], ltp: false}, align: {to: "
                                           "speedup_ttft, value: 1.5, scale: budgets}}")),
              HasSubstr("align ideal_speedup, or leave out 'timing: none'"));
  EXPECT_THAT(tiny.planning_error(replaced(experiment, "timing: none", "timing: off")),
              HasSubstr("'timing' is 'off'; expected 'none', for accuracy alone, or a map like"));
}

// Full attention that writes down when a prompt ends...
class Logger : public RunOf<Logger> {
 public:
  Logger(std::string name, std::vector<std::string>& log) : name_(std::move(name)), log_(log) {}
  void write(const std::string& what) const { log_.push_back(name_ + what); }
  void end_prompt(KvCache&) override { write(" ends"); }

 private:
  std::string name_;
  std::vector<std::string>& log_;
};

// ... and when one begins.
template <class RunType>
class Logged : public test::PolicyOf<RunType> {
 public:
  explicit Logged(RunType prototype) : test::PolicyOf<RunType>(std::move(prototype)) {}
  std::unique_ptr<Run> begin(const Prompt& prompt, const SequenceOptions& options) const override {
    this->prototype().write(" begins");
    return test::PolicyOf<RunType>::begin(prompt, options);
  }
};

// Makes a policy whose runs begin as this one, anew each time.
template <class RunType>
std::function<std::unique_ptr<const TokenPolicy>()> making(const RunType& prototype) {
  return [prototype] { return std::make_unique<Logged<RunType>>(prototype); };
}

class UntimedPrefill : public testing::Test {
 protected:
  UntimedMethod method(const std::string& name, bool shares) {
    return {.make = making(Logger(name, log_)),
            .shares_prefill = shares,
            .take = [this, name](const Untimed& result) {
              log_.push_back(name + (result.measurement ? " measured" : " failed"));
            }};
  }
  void measure(const std::vector<UntimedMethod>& methods) {
    const Model model = test::tiny_model(test::tiny_config());
    Decoder decoder(model);
    Job job;
    job.prompt.tokens = {3, 1, 4, 1, 5};
    job.prompt.content_end = job.prompt.length();
    job.rules.max_new_tokens = 2;
    job.answer = answer_;
    measure_untimed(decoder, methods, job, [] {});
  }
  std::vector<std::string> log_;
  std::vector<int32_t> answer_;
};

TEST_F(UntimedPrefill, IsSharedByThoseThatCan) {
  measure({method("a", true), method("b", false), method("c", true)});
  EXPECT_THAT(log_, ElementsAre("a begins", "c begins", "a ends", "a measured", "c ends",
                                "c measured", "b begins", "b ends", "b measured"));
}

TEST_F(UntimedPrefill, IsEachMethodsOwnWhereTheSharedOneFails) {
  UntimedMethod large = method("large", true);
  const auto make = large.make;
  large.make = [make, calls = std::make_shared<int>(0)] {
    if (++*calls == 1) throw std::bad_alloc();
    return make();
  };
  measure({method("a", true), large});
  EXPECT_THAT(log_, ElementsAre("a begins", "a ends", "a measured", "large begins", "large ends",
                                "large measured"));
}

TEST_F(UntimedPrefill, IsItsOwnForAMethodThatMemoryIsTooSmallForBesideTheShared) {
  class Large : public RunOf<Large, Logger> {
   public:
    Large(std::vector<std::string>& log, int& prompts) : RunOf("large", log), prompts_(prompts) {}
    void end_prompt(KvCache& cache) override {
      if (++prompts_ == 1) throw std::bad_alloc();
      Logger::end_prompt(cache);
    }

   private:
    int& prompts_;
  };
  int prompts = 0;
  UntimedMethod large = method("large", true);
  large.make = making(Large(log_, prompts));
  measure({large, method("a", true)});
  EXPECT_THAT(log_, ElementsAre("large begins", "a begins", "a ends", "a measured", "large begins",
                                "large ends", "large measured"));
}

TEST_F(UntimedPrefill, IsItsOwnForAMethodWhoseAnswerMemoryIsTooSmallFor) {
  class Forgetful : public Logger {
   public:
    Forgetful(std::vector<std::string>& log, int& copies) : Logger("a", log), copies_(copies) {}
    std::unique_ptr<Run> clone() const override {
      if (++copies_ == 2) throw std::bad_alloc();  // for the answer
      return std::make_unique<Forgetful>(*this);
    }

   private:
    int& copies_;
  };
  int copies = 0;
  bool has_loss = false;
  UntimedMethod forgetful = method("a", true);
  forgetful.make = making(Forgetful(log_, copies));
  forgetful.take = [&has_loss](const Untimed& result) {
    has_loss = result.measurement && result.measurement->answer_nll;
  };
  answer_ = {7, 8};
  measure({forgetful, method("b", true)});
  EXPECT_TRUE(has_loss);
  EXPECT_THAT(log_, ElementsAre("a begins", "b begins", "a ends", "b ends", "b measured",
                                "a begins", "a ends"));
}

}  // namespace
}  // namespace skipbench
