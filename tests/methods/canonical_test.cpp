#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/methods/support/outcome.h"
#include "tests/methods/support/skipping_parameters.h"
#include "tests/methods/support/tiny_model.h"

namespace skipbench::test {
namespace {

struct Pair {
  const char *method, *base, *a, *b;  // changes to the base
};

std::string text_of(const Pair& pair) {
  return std::string(pair.method) + " " + pair.a + " " + pair.b;
}

Json changed(const Pair& pair, const char* changes) {
  Json params = Json::parse(pair.base);
  params.update(Json::parse(changes), /*merge_objects=*/true);
  return params;
}

Json canonical(const char* method, const Json& given, const Model& model) {
  return find_method(method).canonical(resolved(method, given), model.config);
}

constexpr const char* kSpts = R"({"full_layers": 2, "stage_ends": [3, 5], "budgets": [0.6, 0.4]})";
constexpr const char* kToTheEnd =
    R"({"full_layers": 2, "stage_ends": [3, 7], "budgets": [0.6, 0.4]})";

// Pairs that compute the same: a switch that is off leaves its parameters without effect.
const std::vector<Pair> kEqual = {
    {"spts", kToTheEnd, R"({"msdp": false})", R"({"msdp": false, "prune_step": 0.1})"},
    {"spts", kSpts, R"({"msdp": false, "final_budget": 0.3})",
     R"({"msdp": false, "final_budget": 0.3, "prune_step": 0.1})"},
    {"spts", kSpts, R"({"msdp": false})",
     R"({"msdp": false, "delayed": false, "shrink": "candidates"})"},
    {"spts", kSpts, R"({"ltp": false})",
     R"({"ltp": false, "d_low": 5, "ffn_criterion": "oracle", "ffn_budgets": [3, 4]})"},
    {"spts", kSpts, R"({"pap": false})", R"({"pap": false, "visible": "candidates"})"},
    {"spts", kSpts, "{}", R"({"ffn_budgets": [0.6, 0.4]})"},
    {"spts", kSpts, "{}", R"({"final_budget": 0.4})"},
    {"spts", kSpts, R"({"ffn_criterion": "hnorm"})", R"({"ffn_criterion": "hnorm", "rank": 3})"},
    {"spts", kSpts, R"({"pap": false, "msdp": false, "ffn_criterion": "hnorm"})",
     R"({"pap": false, "msdp": false, "ffn_criterion": "hnorm", "probe_queries": 4})"},
    {"spts", kSpts, R"({"pap": false, "msdp": false, "ltp": false})",
     R"({"pap": false, "msdp": false, "ltp": false, "budgets": [4, 3], "protect_first": 2})"},
    {"ffn_control", kSpts, "{}", R"({"probe_queries": 4, "d_low": 5})"},
    {"ffn_control", kToTheEnd, "{}", R"({"prune_step": 5, "final_budget": 4})"},
    {"snapkv", R"({"keep": 12, "window": 4, "pool": 1})", "{}", R"({"pooling": "max"})"},
    {"fastkv", R"({"tsp_layer": 3, "tsp_keep": 20, "kv_keep": 12, "pool": 1})", "{}",
     R"({"pooling": "avg"})"},
    {"h2o", R"({"keep": 1.0})", "{}", R"({"recent": 3})"},
    {"streamingllm", R"({"keep": 1.0})", "{}", R"({"sinks": 9, "positions": "original"})"},
    {"minference",
     R"({"pairs": [[30, 50]], "heads": ["aaaaaa", "aaaaaa", "aaaaaa", "aaaaaa", "aaaaaa", "aaaaaa",
                                        "aaaaaa", "aaaaaa"]})",
     "{}", R"({"vertical": 40, "slash": 60})"},
    {"xattention",
     R"({"head_taus": [[0.5, 0.5, 0.5, 0.5, 0.5, 0.5], [0.5, 0.5, 0.5, 0.5, 0.5, 0.5],
                       [0.5, 0.5, 0.5, 0.5, 0.5, 0.5], [0.5, 0.5, 0.5, 0.5, 0.5, 0.5],
                       [0.5, 0.5, 0.5, 0.5, 0.5, 0.5], [0.5, 0.5, 0.5, 0.5, 0.5, 0.5],
                       [0.5, 0.5, 0.5, 0.5, 0.5, 0.5], [0.5, 0.5, 0.5, 0.5, 0.5, 0.5]]})",
     "{}", R"({"tau": 0.3})"},
    {"sliminfer", R"({"prune_layers": [2], "keep": [20], "block": 8})", "{}",
     R"({"overlap": 0.5})"},
    {"ffn_skipllm", R"({"threshold": 1.5})", "{}", R"({"threshold": 2, "skip_run": 5})"},
    {"lazyllm", R"({"start": 0.5, "end": 0.5, "keep_end": 0.4})", "{}", R"({"keep_start": 0.9})"},
    {"spts+snapkv",
     R"({"full_layers": 2, "stage_ends": [3, 7], "budgets": [0.6, 0.4], "msdp": false,
         "then": {"keep": 12, "window": 4, "pool": 1}})",
     "{}", R"({"prune_step": 4, "then": {"pooling": "max"}})"},
};

// Pairs that look alike and do not: the parameter still decides something.
const std::vector<Pair> kDifferent = {
    {"spts", kSpts, R"({"msdp": false})", R"({"msdp": false, "prune_step": 0.1})"},
    {"spts", kSpts, "{}", R"({"prune_step": 0.1})"},
    {"spts", kSpts, "{}", R"({"final_budget": 0.2})"},
    {"spts", kSpts, R"({"final_budget": 0.2})",
     R"({"final_budget": 0.2, "ffn_budgets": [0.6, 0.4]})"},
    {"spts", kSpts, R"({"pap": false})", R"({"pap": false, "probe_queries": 4})"},
    {"spts", kSpts, "{}", R"({"rank": 3})"},
    {"ffn_control", kSpts, "{}", R"({"prune_step": 0.1})"},
    {"snapkv", R"({"keep": 12, "window": 4})", "{}", R"({"pooling": "max"})"},
    {"snapkv", R"({"keep": 12, "window": 4})", "{}", R"({"gqa": "kv"})"},
    {"lazyllm", R"({"keep_end": 0.4})", "{}", R"({"keep_start": 0.9})"},
    {"h2o", R"({"keep": 0.5})", "{}", R"({"recent": 3})"},
    {"streamingllm", R"({"keep": 0.5})", "{}", R"({"sinks": 9})"},
    {"sliminfer", R"({"prune_layers": [2], "keep": [20], "block": 8, "kv_manager": true})", "{}",
     R"({"overlap": 0.5})"},
};

TEST(Canonical, ParametersThatCannotMatterAreEqualAndTheMethodDoesTheSame) {
  const Model model = tiny_model(tiny_llama());
  Decoder decoder(model);
  for (const Pair& pair : kEqual) {
    const Json a = changed(pair, pair.a), b = changed(pair, pair.b);
    EXPECT_NE(resolved(pair.method, a), resolved(pair.method, b)) << text_of(pair);
    EXPECT_EQ(canonical(pair.method, a, model), canonical(pair.method, b, model)) << text_of(pair);
    SCOPED_TRACE(text_of(pair));
    expect_same(run_method(pair.method, a, decoder, tiny_prompt(67)),
                run_method(pair.method, b, decoder, tiny_prompt(67)), 0);
  }
}

TEST(Canonical, ParametersThatMatterStayApart) {
  const Model model = tiny_model(tiny_llama());
  for (const Pair& pair : kDifferent) {
    EXPECT_NE(canonical(pair.method, changed(pair, pair.a), model),
              canonical(pair.method, changed(pair, pair.b), model))
        << text_of(pair);
  }
}

TEST(Canonical, ComputesWhatTheParametersThemselvesDo) {
  const Model model = tiny_model(tiny_llama());
  Decoder decoder(model);
  for (const std::string& name : method_names()) {
    SCOPED_TRACE(name);
    const Json params = skipping_parameters(name);
    const Json same = canonical(name.c_str(), params, model);
    EXPECT_EQ(canonical(name.c_str(), same, model), same);
    expect_same(run_method(name, same, decoder, tiny_prompt(67)),
                run_method(name, params, decoder, tiny_prompt(67)), 0);
  }
}

}  // namespace
}  // namespace skipbench::test
