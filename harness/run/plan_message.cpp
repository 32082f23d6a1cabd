#include "harness/run/plan_message.h"

#include <algorithm>
#include <utility>

#include "harness/base/sha256.h"
#include "kernels/base/error.h"

namespace skipbench {
namespace {

Json model_json(const ModelSpec& spec) {
  return {{"checkpoint", spec.checkpoint}, {"device", spec.device}, {"dtype", spec.dtype}};
}

ModelSpec model_of(const Json& json) {
  return {json.at("checkpoint"), json.at("device"), json.at("dtype")};
}

Json task_json(const TaskSpec& spec) {
  return {{"task", spec.task}, {"params", spec.params}, {"line", spec.line}};
}

TaskSpec task_of(const Json& json) {
  return {json.at("task"), json.at("params"), json.at("line")};
}

Json method_json(const MethodSpec& spec) {
  return {{"label", spec.label},         {"method", spec.method},           {"preset", spec.preset},
          {"overrides", spec.overrides}, {"then_preset", spec.then_preset}, {"line", spec.line}};
}

MethodSpec method_of(const Json& json) {
  return {json.at("label"),     json.at("method"), json.at("preset"),
          json.at("overrides"), json.at("line"),   json.at("then_preset")};
}

Json calibration_json(const CalibrationSpec& spec) {
  return {{"texts", spec.texts},
          {"count", spec.count},
          {"tokens", spec.tokens},
          {"task", task_json(spec.task)}};
}

CalibrationSpec calibration_of(const Json& json) {
  return {json.at("texts"), json.at("count"), json.at("tokens"), task_of(json.at("task"))};
}

template <class Spec, class Convert>
Json list_json(const std::vector<Spec>& specs, Convert convert) {
  Json list = Json::array();
  for (const Spec& spec : specs) list.push_back(convert(spec));
  return list;
}

template <class Convert>
auto list_of(const Json& json, Convert convert) {
  std::vector<decltype(convert(json))> specs;
  for (const Json& item : json) specs.push_back(convert(item));
  return specs;
}

Json experiment_json(const Experiment& experiment) {
  return {{"name", experiment.name},
          {"file", experiment.file.string()},
          {"models", list_json(experiment.models, model_json)},
          {"tasks", list_json(experiment.tasks, task_json)},
          {"methods", list_json(experiment.methods, method_json)},
          {"baseline", experiment.baseline},
          {"seed", experiment.seed},
          {"calibration", calibration_json(experiment.calibration)},
          {"warmup", experiment.timing.warmup},
          {"repeats", experiment.timing.repeats},
          {"plan_ahead", experiment.timing.plan_ahead}};
}

Experiment experiment_of(const Json& json) {
  Experiment experiment;
  experiment.name = json.at("name");
  experiment.file = json.at("file").get<std::string>();
  experiment.models = list_of(json.at("models"), model_of);
  experiment.tasks = list_of(json.at("tasks"), task_of);
  experiment.methods = list_of(json.at("methods"), method_of);
  experiment.baseline = json.at("baseline");
  experiment.seed = json.at("seed");
  experiment.calibration = calibration_of(json.at("calibration"));
  experiment.timing = {json.at("warmup"), json.at("repeats"), json.at("plan_ahead")};
  return experiment;
}

// What a search asks of a model: other methods than the experiment names, in blocks of rounds.
Json planned_json(const PlannedModel& model) {
  Json methods = Json::array();
  for (const PlannedMethod& method : model.methods) {
    methods.push_back({{"label", method.cell.label},
                       {"method", method.cell.method},
                       {"params", method.cell.params},
                       {"order", method.order},
                       {"block", method.block},
                       {"samples", method.samples}});
  }
  return {{"name", model.name}, {"methods", methods}, {"baseline", model.baseline}};
}

PlannedMethod planned_of(const Json& json, const Experiment& experiment, PlannedModel& model,
                         const std::vector<PlannedMethod>& known) {
  const MethodCell cell{json.at("label"), json.at("method"), json.at("params")};
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
  return {{"experiment", experiment_json(plan.experiment)},
          {"device", plan.options.device},
          {"limit", plan.options.limit},
          {"tasks", plan.options.tasks},
          {"planned", list_json(plan.models, planned_json)},
          {"samples", sample_counts(plan)},
          {"searches", plan.search_records},
          {"digest", digest(plan)}};
}

Plan plan_of_message(const Json& message) {
  PlanOptions options;  // what --only and --exclude left out is gone from the experiment
  options.device = message.at("device");
  options.limit = message.at("limit");
  options.tasks = message.at("tasks").get<std::vector<std::string>>();
  Plan plan = make_plan(experiment_of(message.at("experiment")), options);
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
