#include <fmt/format.h>

#include <algorithm>

#include "harness/base/most_rounds.h"
#include "harness/experiment/calibration_source.h"
#include "harness/experiment/device_name.h"
#include "harness/experiment/experiment.h"
#include "harness/experiment/launcher.h"
#include "harness/experiment/method_entries.h"
#include "harness/experiment/misplaced_keys.h"
#include "harness/experiment/read_task.h"
#include "harness/experiment/settings.h"
#include "harness/yaml/yaml_values.h"
#include "kernels/base/error.h"
#include "kernels/base/suggest.h"

namespace skipbench {
namespace {

ModelSpec read_model(const YamlNode& node, Problems& problems) {
  ModelSpec spec;
  const YamlNode* checkpoint = node.is_scalar() ? &node : node.find("checkpoint");
  if (checkpoint != nullptr) {
    spec.line = checkpoint->where.line;
    spec.column = checkpoint->where.column;
  }
  if (node.is_scalar()) {
    spec.checkpoint = node.text;
    return spec;
  }
  MapReader map(node, "a model", problems);
  if (map.require("checkpoint") != nullptr) spec.checkpoint = map.text("checkpoint", "");
  spec.device = map.text("device", "auto");
  if (const YamlNode* device = node.find("device")) spec.device_place = device->where.text();
  spec.dtype = map.text("dtype", "auto");
  if (!is_device(spec.device)) {
    problems.add(node.locate("device"), fmt::format("unknown device '{}'; expected auto, cpu, cuda "
                                                    "or cuda:<index>",
                                                    spec.device));
  }
  static const std::vector<std::string> kTypes{"auto", "fp32", "bf16", "fp16"};
  if (std::find(kTypes.begin(), kTypes.end(), spec.dtype) == kTypes.end()) {
    problems.add(node.locate("dtype"),
                 fmt::format("unknown dtype '{}'; known: auto, fp32, bf16, fp16", spec.dtype));
  }
  map.finish();
  return spec;
}

std::vector<ModelSpec> read_models(const YamlNode& node, Problems& problems) {
  if (!node.is_sequence()) return {read_model(node, problems)};
  std::vector<ModelSpec> models;
  for (const YamlNode& item : node.items) models.push_back(read_model(item, problems));
  if (models.empty()) problems.add(node.where, "'model' is an empty list");
  return models;
}

std::vector<TaskSpec> read_tasks(const YamlNode& node, const std::filesystem::path& folder,
                                 Problems& problems) {
  std::vector<TaskSpec> tasks;
  if (!node.is_sequence() || node.items.empty()) {
    problems.add(node.where, fmt::format("'tasks' must be a list of at least one task, not {}",
                                         kind_name(node)));
    return tasks;
  }
  for (const YamlNode& item : node.items) tasks.push_back(read_task(item, folder, problems));
  return tasks;
}

CalibrationSpec read_calibration(const YamlNode& node, const std::filesystem::path& folder,
                                 Problems& problems) {
  MapReader map(node, "'calibration'", problems);
  CalibrationSpec spec;
  spec.texts = map.text("texts", spec.texts);
  spec.count = map.integer("count", spec.count, 1);
  spec.tokens = map.integer("tokens", spec.tokens, 1);
  map.finish();
  try {
    return with_source(std::move(spec), folder);
  } catch (const InputError& error) {
    problems.add(node.locate("texts"), error.what());
  }
  return spec;
}

TimingSpec read_timing(const YamlNode& node, Problems& problems) {
  if (node.is_scalar()) {
    if (node.text == "none") return {.none = true, .warmup = 0};
    problems.add(node.where,
                 fmt::format("'timing' is '{}'; expected 'none', for accuracy alone, or "
                             "a map like {{warmup: 1, repeats: 3}}",
                             node.text));
    return {};
  }
  MapReader map(node, "'timing'", problems);
  TimingSpec spec;
  spec.warmup = map.integer("warmup", spec.warmup, 0);
  spec.repeats = map.integer("repeats", spec.repeats, 1);
  for (const auto& [key, value] : {std::pair("warmup", spec.warmup), {"repeats", spec.repeats}}) {
    if (value > kMostRounds)
      problems.add(node.locate(key),
                   fmt::format("'{}' is {}; expected at most {}", key, value, kMostRounds));
  }
  spec.plan_ahead = map.boolean("plan_ahead").value_or(spec.plan_ahead);
  map.finish();
  return spec;
}

std::string read_name(const YamlNode& node, Problems& problems) {
  std::string name = scalar_text(node, "experiment", problems);
  static constexpr std::string_view kAllowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
  if (name.find_first_not_of(kAllowed) != std::string::npos) {
    problems.add(node.where, fmt::format("the name '{}' is used in file names: letters, digits, "
                                         "'-', '_' and '.' only",
                                         name));
  }
  return name;
}

// The row that the others are compared with: as named, or the first one under full attention.
std::string read_baseline(const YamlNode* node, const Experiment& experiment, const Position& where,
                          Problems& problems) {
  const std::vector<MethodSpec>& methods = experiment.methods;
  if (methods.empty() && experiment.searches.empty()) return "";  // their problems were reported
  if (node == nullptr) {
    const auto full = std::find_if(methods.begin(), methods.end(),
                                   [](const MethodSpec& spec) { return spec.method == "full"; });
    if (full != methods.end()) return full->label;
    problems.add(where,
                 "no 'baseline': name the label that the others are compared with, or add "
                 "'- method: full'");
    return "";
  }
  const std::string name = scalar_text(*node, "baseline", problems);
  std::vector<std::string> labels;
  for (const MethodSpec& spec : methods) labels.push_back(spec.label);
  if (std::find(labels.begin(), labels.end(), name) == labels.end()) {
    problems.add(node->where, fmt::format("the baseline '{}' is none of the labels{}", name,
                                          suggestion(name, labels)));
  }
  return name;
}

}  // namespace

Experiment load_experiment(const std::filesystem::path& file,
                           const std::vector<std::string>& settings) {
  Problems problems;
  YamlNode root = parse_yaml_file(file, problems);
  if (!root.is_map()) problems.add(root.where, "an experiment is a map: experiment, model, ...");
  problems.throw_if_any();  // what follows would repeat what a broken tree causes
  apply_settings(root, settings, problems);
  MapReader map(root, "an experiment", problems);
  Experiment experiment;
  experiment.file = file;
  if (const YamlNode* name = map.require("experiment"))
    experiment.name = read_name(*name, problems);
  if (const YamlNode* model = map.require("model"))
    experiment.models = read_models(*model, problems);
  if (const YamlNode* tasks = map.require("tasks"))
    experiment.tasks = read_tasks(*tasks, file.parent_path(), problems);
  if (const YamlNode* methods = map.require("methods")) {
    MethodEntries entries = read_method_entries(*methods, problems);
    experiment.methods = std::move(entries.methods);
    experiment.searches = std::move(entries.searches);
  }
  experiment.baseline = read_baseline(map.find("baseline"), experiment, root.where, problems);
  experiment.seed = static_cast<uint64_t>(map.integer("seed", 0, 0));
  if (const YamlNode* node = map.find("calibration")) {
    experiment.calibration = read_calibration(*node, file.parent_path(), problems);
  }
  if (const YamlNode* node = map.find("timing")) experiment.timing = read_timing(*node, problems);
  if (const YamlNode* node = map.find("launcher")) {
    experiment.launcher = read_launcher(*node, problems);
  }
  refuse_misplaced_keys(map, problems);
  map.finish();
  problems.throw_if_any();
  return experiment;
}

}  // namespace skipbench
