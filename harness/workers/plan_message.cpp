#include "harness/workers/plan_message.h"

#include <algorithm>
#include <utility>

#include "harness/base/sha256.h"
#include "kernels/base/error.h"

namespace skipbench {

// Each struct's fields by name, in both directions. Left out: where a model stands in the file, and
// what workers have no part in: searches and the launcher.
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ModelSpec, checkpoint, device, dtype)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(TaskSpec, task, params, line)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(MethodSpec, label, method, preset, overrides, line, then_preset)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(CalibrationSpec, texts, count, tokens, task)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(TimingSpec, none, warmup, repeats, plan_ahead)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(MethodCell, label, method, params)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Experiment, name, file, models, tasks, methods, baseline, seed,
                                   calibration, timing)

namespace {

// What a search asks of a model: other methods than the experiment names, in blocks of rounds.
Json planned_json(const PlannedModel& model) {
  Json methods = Json::array();
  for (const PlannedMethod& method : model.methods) {
    methods.push_back({{"cell", method.cell},
                       {"order", method.order},
                       {"block", method.block},
                       {"samples", method.samples}});
  }
  return {{"name", model.name}, {"methods", methods}, {"baseline", model.baseline}};
}

PlannedMethod planned_of(const Json& json, const Experiment& experiment, PlannedModel& model,
                         const std::vector<PlannedMethod>& known) {
  const MethodCell cell = json.at("cell");
  const auto same = std::find_if(known.begin(), known.end(), [&](const PlannedMethod& method) {
    return method.cell.label == cell.label && method.cell.params == cell.params;
  });
  PlannedMethod method =
      same != known.end() ? *same : plan_method(experiment, model, cell, json.at("order"));
  method.block = json.at("block");
  method.samples = json.at("samples");
  return method;
}

// The plan's model of the same name, with the message's methods.
PlannedModel model_with_methods(const Json& json, const Plan& plan) {
  const auto found =
      std::find_if(plan.models.begin(), plan.models.end(),
                   [&](const PlannedModel& model) { return model.name == json.at("name"); });
  if (found == plan.models.end()) return {};  // the digest will tell
  PlannedModel model = *found;
  const std::vector<PlannedMethod> known = std::move(model.methods);
  model.methods.clear();
  for (const Json& method : json.at("methods")) {
    model.methods.push_back(planned_of(method, plan.experiment, model, known));
  }
  model.baseline = json.at("baseline");
  return model;
}

Json sample_counts(const Plan& plan) {
  Json counts = Json::array();
  for (const PlannedTask& task : plan.tasks) {
    Json& of_task = counts.emplace_back(Json::array());
    for (const Subset& subset : task.subsets) of_task.push_back(subset.samples);
  }
  return counts;
}

void set_sample_counts(Plan& plan, const Json& counts) {
  for (size_t task = 0; task < plan.tasks.size(); ++task) {
    std::vector<Subset>& subsets = plan.tasks[task].subsets;
    for (size_t i = 0; i < subsets.size(); ++i) subsets[i].samples = counts.at(task).at(i);
  }
}

// Everything that the rows depend on, the code of the methods included.
std::string digest(const Plan& plan) {
  return sha256_hex(resolved_config(plan).dump());
}

}  // namespace

Json plan_message(const Plan& plan) {
  Json planned = Json::array();
  for (const PlannedModel& model : plan.models) planned.push_back(planned_json(model));
  return {{"experiment", plan.experiment},
          {"device", plan.options.device},
          {"limit", plan.options.limit},
          {"shard", {plan.options.shard.index, plan.options.shard.count}},
          {"tasks", plan.options.tasks},
          {"planned", planned},
          {"samples", sample_counts(plan)},
          {"searches", plan.search_records},
          {"digest", digest(plan)}};
}

Plan plan_of_message(const Json& message) {
  PlanOptions options;  // what --only and --exclude left out is gone from the experiment
  options.device = message.at("device");
  options.limit = message.at("limit");
  options.shard.index = message.at("shard").at(0);
  options.shard.count = message.at("shard").at(1);
  options.tasks = message.at("tasks").get<std::vector<std::string>>();
  Plan plan = make_plan(message.at("experiment").get<Experiment>(), options);
  std::vector<PlannedModel> models;
  for (const Json& model : message.at("planned")) models.push_back(model_with_methods(model, plan));
  plan.models = std::move(models);
  set_sample_counts(plan, message.at("samples"));
  plan.search_records = message.at("searches");
  if (digest(plan) == message.at("digest")) return plan;
  throw InputError(
      "a file that the run depends on (model, data, presets or calibration texts) was changed "
      "while workers were started; run the command again");
}

}  // namespace skipbench
