#include "harness/measure/session.h"

#include <ATen/ATen.h>
#include <c10/util/Exception.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <new>
#include <type_traits>

#include "harness/machine/error_line.h"
#include "harness/measure/self_check.h"
#include "kernels/model/layer_context.h"
#include "kernels/ops/device/profile.h"
#include "methods/sparse/sparse_method.h"
#include "tests/harness/run/support/tiny_run.h"
#include "tests/support/policy_of.h"
#include "tests/support/tiny_model.h"

namespace skipbench {
namespace {

using ::testing::HasSubstr;

TEST(Failure, TellsMemoryFromOtherErrors) {
  EXPECT_FALSE(failure_of(at::kCPU, [] {}));
  EXPECT_EQ(failure_of(at::kCPU, [] { throw std::bad_alloc(); })->status, RowStatus::kOom);
  EXPECT_EQ(failure_of(at::kCPU, [] { throw std::runtime_error("x\ny"); })->status,
            RowStatus::kError);
  EXPECT_EQ(failure_of(at::kCPU, [] { throw std::runtime_error("x\ny"); })->reason, "x");
}

TEST(Failure, RecognisesTorchsOwnWaysToRunOut) {
  const auto cuda = failure_of(at::kCPU, [] {
    C10_THROW_ERROR(OutOfMemoryError, "CUDA out of memory. Tried to allocate 2 GiB");
  });
  EXPECT_EQ(cuda->status, RowStatus::kOom);
  const auto cpu = failure_of(at::kCPU, [] { at::empty({int64_t{1} << 50}); });
  EXPECT_EQ(cpu->status, RowStatus::kOom);
  EXPECT_THAT(cpu->reason, HasSubstr("allocate"));
}

TEST(Failure, LeavesTorchsStackTraceOut) {
  try {
    at::empty({3}).index_select(5, at::empty({1}, at::kLong));
    FAIL() << "an index beyond the dimensions was accepted";
  } catch (const std::exception& error) {
    EXPECT_NE(std::string(error.what()).find('\n'), std::string::npos) << "nothing to leave out";
    EXPECT_EQ(error_line(error).find('\n'), std::string::npos);
    EXPECT_THAT(error_line(error), HasSubstr("Dimension out of range"));
  }
}

// A method whose "everything" leaves one token out.
struct Forgetful : RunOf<Forgetful> {
  FfnRows ffn(LayerContext& layer) override {
    return {TokenRows::of(at::arange(1, layer.live(), at::kLong), layer.live())};
  }
};

// One that does so in the reply's second decode step only.
struct ForgetfulInReply : RunOf<ForgetfulInReply> {
  void begin_step(KvCache&, int64_t step) override { step_ = step; }
  FfnRows ffn(LayerContext& layer) override {
    if (layer.in_step() && step_ == 1 && layer.layer() == 0) return {TokenRows::none(1)};
    return Run::ffn(layer);
  }

 private:
  int64_t step_ = 0;
};

// Of a method, or of one whose runs are of this type.
template <class Type>
MethodEntry entry_of(const std::string& name, Needs needs = {}) {
  MethodEntry entry = find_method("full");
  entry.name = name;
  entry.make = [needs](const Json&, const ModelConfig&) -> std::unique_ptr<Method> {
    if constexpr (std::is_base_of_v<Method, Type>) {
      return std::make_unique<Type>();
    } else {
      return std::make_unique<test::PolicyOf<Type, Method>>(Type(), needs);
    }
  };
  return entry;
}

TEST(SelfCheck, FailsAMethodThatForgetsATokenWhenAskedForAll) {
  const Model model = test::tiny_model(test::tiny_config());
  Decoder decoder(model);
  SelfCheck check(decoder, [] {});
  EXPECT_EQ(check.run({find_method("full"), Json::object()}, [] {}), "");
  EXPECT_THAT(check.run({entry_of<Forgetful>("forgetful"), Json::object()}, [] {}),
              HasSubstr("self-check: with every token selected layer 0 counts"));
}

TEST(SelfCheck, KnowsNothingOfAMethodWhoseCheckWasEnded) {
  const Model model = test::tiny_model(test::tiny_config());
  Decoder decoder(model);
  SelfCheck check(decoder, [] {});
  struct Ended {};
  for (int last = 1; last <= 4; ++last) {  // the prompt and three tokens
    int step = 0;
    const auto end = [&] {
      if (++step == last) throw Ended{};
    };
    EXPECT_THROW(check.run({entry_of<Forgetful>("forgetful"), Json::object()}, end), Ended);
  }
  EXPECT_NE(check.run({entry_of<Forgetful>("forgetful"), Json::object()}, [] {}), "");
}

TEST(SelfCheck, FailsAMethodThatForgetsWhileDecodingWhenAskedForAll) {
  const Model model = test::tiny_model(test::tiny_config());
  Decoder decoder(model);
  SelfCheck check(decoder, [] {});
  const MethodEntry entry =
      entry_of<ForgetfulInReply>("forgetful-in-reply", {.steps = Steps::kFfn});
  EXPECT_THAT(check.run({entry, Json::object()}, [] {}), HasSubstr("decode steps read"));
}

// Scales what a layer hands on: every count is right.
struct WrongSums : RunOf<WrongSums> {
  TokenRows lives(LayerContext& layer, Point point) override {
    if (point == Point::kAfterLayer) layer.hidden().mul_(1.0001);
    return TokenRows::all(layer.live());
  }
};

TEST(SelfCheck, FailsAMethodOfTheRightCountsWhoseSumsAreOff) {
  const Model model = test::tiny_model(test::tiny_config());
  Decoder decoder(model);
  SelfCheck check(decoder, [] {});
  EXPECT_THAT(check.run({entry_of<WrongSums>("wrong-sums"), Json::object()}, [] {}),
              HasSubstr("the first-token logits differ from full attention's"));
}

// Forgets a token once it has learned to.
class ForgetsByArtefact : public Method {
 public:
  void use_artefact(const Artefact& artefact, at::Device, at::ScalarType) override {
    learned_ = artefact.tensors.contains("forget");
  }
  std::unique_ptr<Run> begin(const Prompt& prompt, const SequenceOptions& options) const override {
    return learned_ ? std::make_unique<Forgetful>() : Everything().begin(prompt, options);
  }

 private:
  bool learned_ = false;
};

TEST(SelfCheck, RunsAgainWithAnotherArtefact) {
  const Model model = test::tiny_model(test::tiny_config());
  Decoder decoder(model);
  SelfCheck check(decoder, [] {});
  const MethodEntry entry = entry_of<ForgetsByArtefact>("by-artefact");
  const Json params = Json::object();
  const Artefact good, bad{{{"forget", at::zeros({1})}}};
  EXPECT_EQ(check.run({entry, params, &good, "good"}, [] {}), "");
  EXPECT_NE(check.run({entry, params, &bad, "bad"}, [] {}), "");
}

// Counts those that are alive.
class Counted : public Method {
 public:
  Counted() { ++alive; }
  ~Counted() override { --alive; }
  std::unique_ptr<Run> begin(const Prompt& prompt, const SequenceOptions& options) const override {
    return Everything().begin(prompt, options);
  }
  static inline int alive = 0;
};

TEST(ModelSession, KeepsNoMethodBesideTheOneThatIsMeasured) {
  const TinyRun tiny;
  Plan plan = tiny.plan(tiny_experiment(tiny));
  PlannedModel& planned = plan.models.front();
  for (PlannedMethod& method : planned.methods) {
    method.entry = entry_of<Counted>(method.entry.name);
    method.artefact_hash = "";
  }
  LoadedWeights weights(
      planned, [](const std::string&) {}, [] {});
  int most = 0;
  const ModelSession session(
      planned, weights, [](const std::string&) {}, [](const std::string&) {},
      [&] { most = std::max(most, Counted::alive); });
  EXPECT_EQ(most, 1) << "while each was checked";
  EXPECT_EQ(Counted::alive, 0);
  const auto method = session.make_method(1);
  EXPECT_EQ(Counted::alive, 1);
}

// Answers with rows that break the contract where a timed run on a GPU would not look.
struct OutOfOrder : RunOf<OutOfOrder> {
  FfnRows ffn(LayerContext& layer) override {
    return {TokenRows::of(at::arange(layer.live() - 1, -1, -1), layer.live())};
  }
};

TEST(SelfCheck, LooksAtWhatAMethodAnswers) {
  const Model model = test::tiny_model(test::tiny_config());
  Decoder decoder(model);
  SelfCheck check(decoder, [] {});
  EXPECT_THROW(check.run({entry_of<OutOfOrder>("out-of-order"), Json::object()}, [] {}),
               ContractError);
}

TEST(SelfCheck, LetsMethodsThatManageTheirCacheDoSoInDecodeSteps) {
  const Model model = test::tiny_model(test::tiny_config());
  Decoder decoder(model);
  SelfCheck check(decoder, [] {});
  for (const char* name : {"h2o", "streamingllm"}) {
    const MethodEntry entry = find_method(name);
    std::vector<ParameterProblem> problems;
    const Json params = entry.resolve({{"keep", 0.5}}, problems);
    const auto method = entry.make(entry.select_everything(params), model.config);
    EXPECT_TRUE(method->needs().steps_change_cache()) << name;
    EXPECT_EQ(check.run({entry, params}, [] {}), "") << name;
  }
}

// At a budget of 100% attention is dense, unless it is asked to go through the pattern, which
// leaves the first block of keys out for the second block of queries.
class ForgetfulPattern : public RunOf<ForgetfulPattern, SparseMethod> {
 public:
  explicit ForgetfulPattern(const RunInputs<SparseLayers>& inputs)
      : RunOf(inputs.parameters, inputs.options) {}

 protected:
  bool sees_all(int64_t) const override { return true; }
  ops::SparsePattern pattern(LayerContext& layer, const SeenAttention&) override {
    const int64_t live = layer.live();
    at::Tensor blocks = at::ones(
        {layer.config().query_heads, ops::query_blocks(live), ops::key_blocks(live)}, at::kBool);
    blocks.select(2, 0).select(1, ops::query_blocks(live) - 1).fill_(false);
    return {.blocks = blocks, .columns = {}};
  }
};

TEST(SelfCheck, FailsASparseMethodWhosePatternForgetsABlockThatDenseAttentionWouldHide) {
  const Model model = test::tiny_model(test::tiny_config());
  Decoder decoder(model);
  SelfCheck check(decoder, [] {});
  MethodEntry entry = find_method("full");
  entry.name = "forgetful";
  entry.make = [](const Json&, const ModelConfig& config) -> std::unique_ptr<Method> {
    return std::make_unique<MethodOf<SparseLayers, ForgetfulPattern>>(SparseLayers(), config);
  };
  EXPECT_THAT(check.run({entry, Json::object()}, [] {}),
              HasSubstr("computed by the method itself"));
}

TEST(SelfCheck, PassesEveryMethodThatLearnsNothing) {
  const Model model = test::tiny_model(test::tiny_config(3, /*bias=*/false, /*layers=*/24));
  Decoder decoder(model);
  SelfCheck check(decoder, [] {});
  for (const MethodEntry& entry : all_methods()) {
    std::vector<ParameterProblem> problems;
    const Json params = entry.resolve(Json::object(), problems);
    if (!problems.empty()) continue;
    if (!entry.make(params, model.config)->artefact_key().is_null()) continue;
    EXPECT_EQ(check.run({entry, params}, [] {}), "") << entry.name;
  }
}

// Whether a prefill asks the method for patterns: what it asks is timed as probing.
bool asks_for_patterns(Decoder& decoder, const Method& method, const Prompt& prompt,
                       const PrefillOptions& options) {
  Profile profile(at::kCPU);
  const ProfileSwitch on(profile);
  decoder.prefill(prompt, method, options);
  const auto entries = profile.entries();
  return std::any_of(entries.begin(), entries.end(),
                     [](const Profile::Entry& entry) { return entry.group == OpGroup::kProbe; });
}

TEST(SelfCheck, RunsThePatternsOfSparseMethodsAtABudgetOf100Percent) {
  const Model model = test::tiny_model(test::tiny_config());
  Decoder decoder(model);
  for (const char* name : {"minference", "flexprefill", "xattention", "block_sparse"}) {
    SelfCheck check(decoder, [] {});
    const MethodEntry entry = find_method(name);
    std::vector<ParameterProblem> problems;
    const Json params = entry.resolve(Json::object(), problems);
    EXPECT_EQ(check.run({entry, params}, [] {}), "") << name;

    const auto method = entry.make(entry.select_everything(params), model.config);
    const Prompt prompt = test::tiny_prompt(model.config, 160);
    const Sequence dense = decoder.prefill(prompt, *method);
    EXPECT_FALSE(asks_for_patterns(decoder, *method, prompt, {})) << name;
    EXPECT_TRUE(method->needs().can_compute_everything) << name;
    const PrefillOptions itself{.compute_everything = true};
    const Sequence own = decoder.prefill(prompt, *method, itself);
    EXPECT_TRUE(asks_for_patterns(decoder, *method, prompt, itself)) << name;
    EXPECT_LT((own.logits - dense.logits).abs().max().item<double>(), 1e-4) << name;
    EXPECT_EQ(own.activity.attention_pair_share(), 1.0) << name;
  }
}

}  // namespace
}  // namespace skipbench
