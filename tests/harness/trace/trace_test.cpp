#include "harness/trace/trace.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "harness/calibrate/calibrate.h"
#include "kernels/base/error.h"
#include "tests/harness/run/support/tiny_run.h"

namespace skipbench {
namespace {

TraceRequest request(const std::string& method, const std::string& params) {
  TraceRequest request;
  request.model = {"random:tiny-llama", "cpu", "fp32"};
  request.method.method = method;
  request.method.overrides = Json::parse(params);
  request.prompt_tokens.resize(40);
  std::iota(request.prompt_tokens.begin(), request.prompt_tokens.end(), 3);
  request.max_new_tokens = 3;
  return request;
}

TEST(Trace, OmitsIndicesWhereAllTokensAreKept) {
  const Json trace = trace_prompt(request("full", "{}"));
  EXPECT_EQ(trace.at("prompt_tokens").size(), 40u);
  EXPECT_EQ(trace.at("generated_tokens").size(), 3u);
  EXPECT_EQ(trace.at("decode").at("path"), "eager");
  EXPECT_EQ(trace.at("first_token_top").size(), 5u);
  EXPECT_EQ(trace.at("flops").at("full"), trace.at("flops").at("method"));
  ASSERT_EQ(trace.at("layers").size(), 4u);
  for (const Json& layer : trace.at("layers")) {
    EXPECT_EQ(layer.at("attention"), Json::parse(R"({"kept": 40})"));
    EXPECT_EQ(layer.at("kv_length"), Json(40));
    EXPECT_EQ(layer.at("kv"), Json::parse(R"({"kept": 40})"));
  }
}

TEST(Trace, ProfilesThePrefillByLayerAndGroup) {
  TraceRequest wanted = request("full", "{}");
  wanted.profile = true;
  const Json profile = trace_prompt(wanted).at("profile");
  double sum = 0;
  std::vector<int64_t> products(4, 0);
  for (const Json& entry : profile.at("operations")) {
    sum += entry.at("ms").get<double>();
    if (entry.at("group") == "gemm" && !entry.at("layer").is_null()) {
      products.at(entry.at("layer").get<size_t>()) = entry.at("count").get<int64_t>();
    }
  }
  EXPECT_LE(sum, profile.at("prefill_ms").get<double>());
  EXPECT_THAT(products, testing::Each(5));  // K, Q and V, output, gate and up, down
}

TEST(Trace, ShowsWhatEachLayerKept) {
  const Json trace = trace_prompt(
      request("spts", R"({"full_layers": 1, "stage_ends": [2], "budgets": [0.5], "prune_step": 4,
                  "ltp": false})"));
  const Json& layers = trace.at("layers");
  EXPECT_EQ(layers.at(0).at("attention").at("kept"), Json(40));
  const Json& kept = layers.at(1).at("attention");
  EXPECT_EQ(kept.at("kept"), Json(20));
  const auto indices = kept.at("indices").get<std::vector<int64_t>>();
  EXPECT_EQ(indices.size(), 20u);
  EXPECT_TRUE(std::is_sorted(indices.begin(), indices.end()));
  EXPECT_EQ(indices.back(), 39);
  EXPECT_EQ(layers.at(2).at("alive_after"), Json(16));
  EXPECT_EQ(layers.at(1).at("kv_length"), Json(20));
  EXPECT_LT(trace.at("flops").at("method").get<int64_t>(),
            trace.at("flops").at("full").get<int64_t>());
  EXPECT_EQ(trace.at("method").at("method"), Json("spts"));
  EXPECT_EQ(trace.at("method").at("full_layers"), Json(1));
}

TEST(Trace, RefusesAHighlightThatIsNotThereBeforeItCalibrates) {
  const TinyRun tiny;  // its cache holds no artefact
  TraceRequest calibrated = request("ffn_control", R"({"criterion": "ltp", "full_layers": 1,
      "stage_ends": [2], "budgets": [0.5], "d_low": 8, "rank": 4})");
  calibrated.highlights = {"[4][5]", "[2]"};
  bool noted = false;
  const auto note = [&](const std::string&) { noted = true; };
  EXPECT_THROW(trace_prompt(calibrated, note), InputError);
  EXPECT_FALSE(noted);
  calibrated.highlights.pop_back();
  EXPECT_NO_THROW(trace_prompt(calibrated, note));
  EXPECT_TRUE(noted);
}

TEST(Trace, ShowsWhatEachLayersCacheHolds) {
  const Json shared = trace_prompt(request("streamingllm", R"({"keep": 6})")).at("layers").at(3);
  EXPECT_EQ(shared.at("kv"), Json::parse(R"({"kept": 6, "indices": [0, 1, 2, 3, 38, 39]})"));
  const Json heads =
      trace_prompt(request("snapkv", R"({"keep": 6, "window": 4})")).at("layers").at(3);
  EXPECT_EQ(heads.at("kv").at("kept"), Json(6));
  for (const Json& head : heads.at("kv").at("heads")) {
    EXPECT_EQ(head.size(), 6u);
    EXPECT_EQ(head.back(), Json(39));
  }
}

// Three new tokens are two steps: prefill gave the first.
TEST(Trace, SaysThatFullAttentionDecodesInFull) {
  EXPECT_EQ(
      trace_prompt(request("full", "{}")).at("decode"),
      Json::parse(
          R"({"steps": 2, "path": "eager", "eager_reason": "there are no CUDA graphs on a CPU", "ffn_share": 1.0, "kv_share": 1.0,
                            "revived_tokens": 0, "recalled_rows": 0})"));
  TraceRequest one = request("full", "{}");
  one.max_new_tokens = 1;
  EXPECT_EQ(trace_prompt(one).at("decode").at("ffn_share"), Json(nullptr));
}

// Of 40 rows 6 are kept: SnapKV's two steps attend to 7 and 8 of 41 and 42, StreamingLLM's, whose
// cache stays that small, to 6 and 6.
TEST(Trace, SaysHowManyRowsAndFfnsDecodingTook) {
  const Json growing = trace_prompt(request("snapkv", R"({"keep": 6, "window": 4})")).at("decode");
  EXPECT_DOUBLE_EQ(growing.at("kv_share"), 15.0 / 83);
  const Json rolling = trace_prompt(request("streamingllm", R"({"keep": 6})")).at("decode");
  EXPECT_DOUBLE_EQ(rolling.at("kv_share"), 12.0 / 83);
  const Json gated =
      trace_prompt(request("ffn_skipllm", R"({"threshold": -1, "cold_start": 1, "cold_end": 3,
                                              "warmup_share": 0})"))
          .at("decode");
  EXPECT_LT(gated.at("ffn_share"), 1.0);
}

TEST(Trace, SaysWhatDecodingBroughtBack) {
  TraceRequest lazy = request("lazyllm", R"({"start": 0, "end": 0.9, "keep_end": 0.2})");
  lazy.max_new_tokens = 12;
  EXPECT_GT(trace_prompt(lazy).at("decode").at("revived_tokens"), 0);
  TraceRequest slim =
      request("sliminfer", R"({"prune_layers": [1, 2], "keep": [0.6, 0.3], "unit": 2,
                                               "block": 4, "kv_manager": true, "overlap": 1})");
  slim.max_new_tokens = 12;
  EXPECT_GT(trace_prompt(slim).at("decode").at("recalled_rows"), 0);
}

TEST(Trace, ReadsTextThroughTheTokenizer) {
  const TinyRun tiny;
  TraceRequest text = request("full", "{}");
  text.model.checkpoint = tiny.model();
  text.prompt_tokens.clear();
  text.prompt_text = "some words";
  const Json trace = trace_prompt(text);
  EXPECT_GE(trace.at("prompt_tokens").size(), 2u);
  EXPECT_TRUE(trace.at("text").is_string());
}

TEST(Trace, RefusesAPromptThatDoesNotFitWithItsReplyBeforeItLoadsTheWeights) {
  TraceRequest long_one = request("full", "{}");
  long_one.model.checkpoint = "random:llama-3.1-8b";  // 32 GB, should it come to that
  long_one.max_new_tokens = 131072;
  EXPECT_THAT([&] { trace_prompt(long_one); },
              testing::ThrowsMessage<InputError>(testing::HasSubstr(
                  "a prompt of 40 tokens and 131072 new ones do not fit the context of")));
}

TEST(Trace, TellsThatItCalibrates) {
  const TinyRun tiny;
  TraceRequest text = request("spts", R"({"full_layers": 1, "stage_ends": [1], "budgets": [0.5],
                                      "prune_step": 0, "d_low": 8, "rank": 4, "ltp": true})");
  text.model.checkpoint = tiny.model();
  std::string notes;
  trace_prompt(text, [&](const std::string& note) { notes += note; });
  EXPECT_THAT(notes, testing::HasSubstr("calibrating spts on "));
}

TEST(Trace, FindsTheArtefactThatWasCalibratedOnTheSameTexts) {
  const TinyRun tiny;
  TraceRequest traced = request("spts", R"({"full_layers": 1, "stage_ends": [1], "budgets": [0.5],
                                        "prune_step": 0, "d_low": 8, "rank": 4, "ltp": true})");
  traced.model.checkpoint = tiny.model();
  traced.texts.texts = tiny.write("texts.jsonl", "{\"tokens\": [5, 6, 7, 8, 9, 10]}\n").string();
  calibrate_artefact(
      {traced.model, traced.method, traced.texts}, [](const std::string&) {},
      [](const std::string&) {});
  std::string notes;
  const auto note = [&](const std::string& text) { notes += text; };
  trace_prompt(traced, note);
  EXPECT_EQ(notes, "");
  traced.texts.tokens = 5;  // another artefact
  trace_prompt(traced, note);
  EXPECT_THAT(notes, testing::HasSubstr("calibrating spts on 1 texts, 5 tokens"));
}

TEST(Trace, RefusesTextsThatAreNotThere) {
  TraceRequest traced =
      request("spts", R"({"full_layers": 1, "stage_ends": [2], "budgets": [0.5]})");
  traced.texts.texts = "no-such-file.txt";
  EXPECT_THROW(trace_prompt(traced), InputError);
}

// The reply of trace and the one that a run stores come from the same loop.
TEST(Trace, RepliesWhatARunStores) {
  const TinyRun tiny;
  const std::string params =
      "full_layers: 1, stage_ends: [1], budgets: [0.5], prune_step: 4, "
      "ltp: false";
  tiny.run(
      fmt::format("experiment: e\nmodel: {{checkpoint: \"{}\", device: cpu}}\n"
                  "tasks: [{{task: jsonl, file: \"{}/rows.jsonl\", max_new_tokens: 12, "
                  "chat: false}}]\n"
                  "methods:\n  - method: full\n  - {{method: spts, params: {{{}}}}}\n",
                  tiny.model(), tiny.folder().string(), params));
  for (const auto& [method, given] :
       {std::pair{"full", "{}"}, std::pair{"spts", R"({"full_layers": 1, "stage_ends": [1],
                                  "budgets": [0.5], "prune_step": 4, "ltp": false})"}}) {
    TraceRequest traced = request(method, given);
    traced.model.checkpoint = tiny.model();
    traced.prompt_tokens.clear();
    traced.prompt_text = "The quick brown fox jumps over the lazy dog, says the book.";
    traced.max_new_tokens = 12;
    const Json trace = trace_prompt(traced);
    EXPECT_THAT(tiny.query(fmt::format("SELECT prediction, new_tokens FROM samples WHERE "
                                       "method = '{}' AND prompt_tokens = {}",
                                       method, trace.at("prompt_tokens").size())),
                testing::Contains(fmt::format("{}|{}", trace.at("text").get<std::string>(),
                                              trace.at("generated_tokens").size())));
  }
}

TEST(Trace, RefusesTextWithoutATokenizer) {
  TraceRequest text = request("full", "{}");
  text.prompt_tokens.clear();
  text.prompt_text = "words";
  EXPECT_THROW(trace_prompt(text), InputError);
}

TEST(Trace, RefusesUnknownParameters) {
  EXPECT_THROW(trace_prompt(request("full", R"({"budget": 1})")), InputError);
}

}  // namespace
}  // namespace skipbench
