#include "methods/combined.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "kernels/base/error.h"
#include "kernels/model/step_context.h"
#include "methods/method.h"

namespace skipbench {
namespace {

constexpr const char* kThen = "then";

bool stands_behind(const MethodEntry& method) {
  return !method.decides.empty() &&
         std::all_of(method.decides.begin(), method.decides.end(), fits_behind);
}

// What both decide; nothing when they can share a prompt.
std::optional<Decision> shared_decision(const MethodEntry& a, const MethodEntry& b) {
  for (const Decision decision : a.decides) {
    if (contains(b.decides, decision)) return decision;
  }
  return std::nullopt;
}

bool combinable(const MethodEntry& first, const MethodEntry& then) {
  return first.name != then.name && stands_behind(then) && !shared_decision(first, then);
}

template <class Fits>
std::vector<std::string> names_where(Fits fits) {
  std::vector<std::string> names;
  for (const MethodEntry& each : all_methods()) {
    if (fits(each)) names.push_back(each.name);
  }
  return names;
}

std::string listed(const std::vector<std::string>& names) {
  return names.empty() ? "no method" : fmt::format("{}", fmt::join(names, ", "));
}

void refuse_selecting_method(const MethodEntry& first, const MethodEntry& then) {
  if (then.decides.empty()) {
    throw InputError(
        fmt::format("'{}' behind 'then' decides nothing; leave 'then' out", then.name));
  }
  const auto selects = std::find_if_not(then.decides.begin(), then.decides.end(), fits_behind);
  const std::string swapped =
      combinable(then, first)
          ? fmt::format(", or '{}' first and '{}' behind it", then.name, first.name)
          : "";
  throw InputError(fmt::format(
      "'{}' cannot stand behind 'then': it decides {}, and 'then' is for attention's keys and for "
      "what concerns decoding; behind '{}' can stand {}{}",
      then.name, decision_text(*selects), first.name, listed(methods_behind(first)), swapped));
}

void check_combinable(const MethodEntry& first, const MethodEntry& then) {
  if (!stands_behind(then)) refuse_selecting_method(first, then);
  const std::optional<Decision> shared = shared_decision(first, then);
  if (!shared) return;
  throw InputError(
      fmt::format("'{}' and '{}' both decide {}; behind '{}' can stand {}, and '{}' behind {}",
                  first.name, then.name, decision_text(*shared), first.name,
                  listed(methods_behind(first)), then.name, listed(methods_before(then))));
}

/// Asks both methods in every hook, so that both can look, and takes the answer of the one that
/// decides it.
class Combined : public Method {
 public:
  struct Part {
    std::string name;
    Decisions decides;
    std::unique_ptr<Method> method;
  };

  Combined(Part first, Part then) : parts_{std::move(first), std::move(then)} {}

  void attach(const ModelConfig& config) override {
    for (const Part& part : parts_) part.method->attach(config);
    // Some methods plan the cache of each decode step only under some of their parameters.
    if (!parts_[0].method->plans_decode() || !contains(parts_[1].decides, Decision::kCachedRows)) {
      return;
    }
    throw InputError(fmt::format(
        "'{}' brings rows back into the cache while decoding, and '{}' drops them from it; set {}",
        parts_[0].name, parts_[1].name,
        parts_[0].method->revives() ? "revive: false" : "kv_manager: false"));
  }

  bool compute_everything_itself() override {
    bool any = false;
    for (const Part& part : parts_) any |= part.method->compute_everything_itself();
    return any;
  }

  std::string_view learner() const override {
    const Part* const only = only_learner();
    return only == nullptr ? std::string_view{} : only->name;
  }
  Json artefact_key() const override;
  Artefact calibrate(Decoder& decoder, std::span<const std::vector<int32_t>> texts,
                     const BeforeStep& before_step) override;
  void use_artefact(const Artefact& artefact, at::Device device, at::ScalarType dtype) override;

  void begin_prompt(const Prompt& prompt) override {
    for (const Part& part : parts_) part.method->begin_prompt(prompt);
  }
  std::optional<TokenRows> restart(LayerContext& layer) override {
    return answer(Decision::kRestart, [&](Method& each) { return each.restart(layer); });
  }
  AttentionRows attention_rows(LayerContext& layer) override {
    return answer(Decision::kAttentionRows,
                  [&](Method& each) { return each.attention_rows(layer); });
  }
  bool reads_attention_output(int64_t layer) const override {
    return std::any_of(parts_.begin(), parts_.end(), [layer](const Part& part) {
      return part.method->reads_attention_output(layer);
    });
  }
  std::optional<Attended> attend(LayerContext& layer, const AttentionRows& rows,
                                 const AttentionInputs& inputs) override {
    return answer(Decision::kAttention,
                  [&](Method& each) { return each.attend(layer, rows, inputs); });
  }
  CachedRows cached_rows(LayerContext& layer, const AttentionRows& rows) override {
    return answer(Decision::kCachedRows,
                  [&](Method& each) { return each.cached_rows(layer, rows); });
  }
  TokenRows keep_before_ffn(LayerContext& layer) override {
    return answer(Decision::kKeepBeforeFfn,
                  [&](Method& each) { return each.keep_before_ffn(layer); });
  }
  TokenRows ffn_rows(LayerContext& layer) override {
    return answer(Decision::kFfnRows, [&](Method& each) { return each.ffn_rows(layer); });
  }
  TokenRows keep_after_layer(LayerContext& layer) override {
    return answer(Decision::kKeepAfterLayer,
                  [&](Method& each) { return each.keep_after_layer(layer); });
  }

  void end_prompt(KvCache& cache) override {
    for (const Part& part : parts_) part.method->end_prompt(cache);
  }
  void begin_decode(int64_t max_new_tokens) override {
    for (const Part& part : parts_) part.method->begin_decode(max_new_tokens);
  }
  bool gates_decode() const override {
    return std::any_of(parts_.begin(), parts_.end(),
                       [](const Part& part) { return part.method->gates_decode(); });
  }
  void begin_step(int64_t step) override {
    for (const Part& part : parts_) part.method->begin_step(step);
  }
  bool gate_ffn(int64_t layer) override {
    return answer(Decision::kDecodeFfn, [&](Method& each) { return each.gate_ffn(layer); });
  }
  void ffn_done(int64_t layer, const at::Tensor& before, const at::Tensor& after) override {
    for (const Part& part : parts_) part.method->ffn_done(layer, before, after);
  }

  bool revives() const override { return parts_[0].method->revives(); }
  bool plans_decode() const override {
    return std::any_of(parts_.begin(), parts_.end(),
                       [](const Part& part) { return part.method->plans_decode(); });
  }
  void plan_step(KvCache& cache) override {
    for (const Part& part : parts_) part.method->plan_step(cache);
  }
  void attended_in_step(StepContext& step) override {
    for (const Part& part : parts_) part.method->attended_in_step(step);
  }
  TokenRows keep_in_step(StepContext& step) override {
    return answer(Decision::kKeepAfterLayer, [&](Method& each) { return each.keep_in_step(step); });
  }

 private:
  template <class Ask>
  std::invoke_result_t<Ask, Method&> answer(Decision decision, Ask ask) {
    auto first = ask(*parts_[0].method);
    auto then = ask(*parts_[1].method);
    return contains(parts_[1].decides, decision) ? std::move(then) : std::move(first);
  }

  static bool learns(const Part& part) { return !part.method->artefact_key().is_null(); }
  // The one that needs an artefact, where only one of them does.
  const Part* only_learner() const {
    if (learns(parts_[0]) == learns(parts_[1])) return nullptr;
    return learns(parts_[0]) ? &parts_[0] : &parts_[1];
  }

  std::array<Part, 2> parts_;
};

// One learner shares its artefact with the method by itself; two keep theirs in one file, each
// tensor under its method's name.
Json Combined::artefact_key() const {
  if (const Part* const only = only_learner()) return only->method->artefact_key();
  if (!learns(parts_[0])) return nullptr;
  Json keys;
  for (const Part& part : parts_) keys[part.name] = part.method->artefact_key();
  return keys;
}

Artefact Combined::calibrate(Decoder& decoder, std::span<const std::vector<int32_t>> texts,
                             const BeforeStep& before_step) {
  if (const Part* const only = only_learner()) {
    return only->method->calibrate(decoder, texts, before_step);
  }
  Artefact both;
  for (const Part& part : parts_) {
    for (auto& [name, tensor] : part.method->calibrate(decoder, texts, before_step).tensors) {
      both.tensors[part.name + "/" + name] = std::move(tensor);
    }
  }
  return both;
}

void Combined::use_artefact(const Artefact& artefact, at::Device device, at::ScalarType dtype) {
  if (const Part* const only = only_learner()) {
    return only->method->use_artefact(artefact, device, dtype);
  }
  for (const Part& part : parts_) {
    Artefact own;
    const std::string prefix = part.name + "/";
    for (const auto& [name, tensor] : artefact.tensors) {
      if (name.starts_with(prefix)) own.tensors[name.substr(prefix.size())] = tensor;
    }
    part.method->use_artefact(own, device, dtype);
  }
}

// The parameters of `first` alone; those of the other go to `then`.
Json split(const Json& params, Json& then) {
  Json first = params;
  then = Json::object();
  if (first.is_object() && first.contains(kThen)) {
    then = first.at(kThen);
    first.erase(kThen);
  }
  return first;
}

// Each method's own conversion of its own part of the parameters.
Json convert_parts(const Json& params, const std::function<Json(const Json&)>& first,
                   const std::function<Json(const Json&)>& then) {
  Json behind;
  Json converted = first(split(params, behind));
  converted[kThen] = then(behind);
  return converted;
}

std::vector<FieldDescription> describe_both(const MethodEntry& first, const MethodEntry& then) {
  std::vector<FieldDescription> fields = first.describe();
  for (FieldDescription& field : then.describe()) {
    field.name = fmt::format("{}.{}", kThen, field.name);
    fields.push_back(std::move(field));
  }
  return fields;
}

Json resolve_both(const MethodEntry& first, const MethodEntry& then, const Json& given,
                  std::vector<ParameterProblem>& problems) {
  Json behind;
  Json resolved = first.resolve(split(given, behind), problems);
  std::vector<ParameterProblem> found;
  resolved[kThen] = then.resolve(behind, found);
  for (const ParameterProblem& problem : found) {
    problems.push_back(
        {problem.key.empty() ? kThen : fmt::format("{}.{}", kThen, problem.key), problem.message});
  }
  return resolved;
}

}  // namespace

std::vector<std::string> methods_behind(const MethodEntry& first) {
  return names_where([&](const MethodEntry& each) { return combinable(first, each); });
}

std::vector<std::string> methods_before(const MethodEntry& then) {
  return names_where([&](const MethodEntry& each) { return combinable(each, then); });
}

MethodEntry combined_method(const MethodEntry& first, const MethodEntry& then) {
  check_combinable(first, then);
  MethodEntry both;
  both.name = fmt::format("{}+{}", first.name, then.name);
  both.summary = fmt::format("{}, then {}", first.name, then.name);
  both.paper = fmt::format("{} and {}", first.paper, then.paper);
  both.fate = fmt::format("{}: {}. {}: {}", first.name, first.fate, then.name, then.fate);
  both.decides = first.decides;
  both.decides.insert(both.decides.end(), then.decides.begin(), then.decides.end());
  both.parts = {first.name, then.name};
  both.score_driven = first.score_driven || then.score_driven;
  both.describe = [=] { return describe_both(first, then); };
  both.resolve = [=](const Json& given, std::vector<ParameterProblem>& problems) {
    return resolve_both(first, then, given, problems);
  };
  both.select_everything = [=](const Json& resolved) {
    return convert_parts(resolved, first.select_everything, then.select_everything);
  };
  both.canonical = [=](const Json& resolved, const ModelConfig& config) {
    return convert_parts(
        resolved, [&](const Json& own) { return first.canonical(own, config); },
        [&](const Json& own) { return then.canonical(own, config); });
  };
  both.make = [=](const Json& resolved) -> std::unique_ptr<Method> {
    Json behind;
    const Json own = split(resolved, behind);
    return std::make_unique<Combined>(Combined::Part{first.name, first.decides, first.make(own)},
                                      Combined::Part{then.name, then.decides, then.make(behind)});
  };
  return both;
}

}  // namespace skipbench
