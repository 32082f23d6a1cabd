#include "harness/run/plan_message.h"

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
          {"repeats", experiment.timing.repeats}};
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
  experiment.timing = {json.at("warmup"), json.at("repeats")};
  return experiment;
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
          {"digest", digest(plan)}};
}

Plan plan_of_message(const Json& message) {
  PlanOptions options;  // what --only and --exclude left out is gone from the experiment
  options.device = message.at("device");
  options.limit = message.at("limit");
  Plan plan = make_plan(experiment_of(message.at("experiment")), options);
  if (digest(plan) == message.at("digest")) return plan;
  throw InputError(
      "a file that the run depends on (model, data, presets or calibration texts) was changed "
      "while workers were started; run the command again");
}

}  // namespace skipbench
