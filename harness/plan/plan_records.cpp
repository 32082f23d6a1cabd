#include <fmt/format.h>

#include <algorithm>

#include "harness/base/sha256.h"
#include "harness/machine/build_info.h"
#include "harness/machine/dtype.h"
#include "harness/plan/plan.h"
#include "harness/sources/row_code.h"

namespace skipbench {
namespace {

// The template around the prompts. The same for all samples of a subset, since a cell shows one
// version: a row's own `chat` is part of the data.
ChatTemplate chat_of(const PlannedModel& model, const PlannedTask& task, const Sample& sample) {
  const bool wanted = task.spec.params.value("chat", false);
  const bool protocol = sample.max_prompt_tokens == 0 || sample.use_chat_template;
  return wanted && protocol ? model.chat : ChatTemplate::kNone;
}

// How a prompt is built and decoded, as far as the task's data does not say.
std::string protocol_hash(const PlannedModel& model, const PlannedTask& task, const Sample& sample,
                          const TimingSpec& timing) {
  Json protocol = {{"version", kProtocolVersion},
                   {"chat", chat_template_name(chat_of(model, task, sample))},
                   {"decoding", "greedy"},
                   {"max_new_tokens", sample.max_new_tokens},
                   {"stop_at_newline", sample.stop_at_newline},
                   {"ignore_eos", sample.ignore_eos}};
  if (timing.none) {
    // Distances to the baseline are measured beside it alone: another one makes other rows.
    const PlannedMethod& baseline = model.methods[model.baseline];
    protocol["timing"] = "none";
    protocol["baseline"] = baseline.method_hash + baseline.code;
  } else {
    protocol["warmup"] = timing.warmup;
  }
  // Only where they say something: rows of other tasks keep their keys.
  if (sample.max_prompt_tokens > 0) protocol["max_prompt_tokens"] = sample.max_prompt_tokens;
  if (timing.plan_ahead) protocol["plan_ahead"] = true;
  if (sample.ends_at_line_break) protocol["ends_at_line_break"] = true;
  return sha256_hex(protocol.dump());
}

std::string code_version(const PlannedModel& model, const PlannedMethod& method,
                         const PlannedTask& task, const Subset& subset) {
  const SourceHashes& hashes = source_hashes();
  return fmt::format(
      "{}-{}-{}-{}", core_code(hashes), method.code,
      task_code(hashes, task.spec.task, task.task->metrics_of(subset), model.info.format),
      model.code);
}

// What the model's artefacts were learned from; null when it has none. Texts may be there that no
// method learns from: of another setting of a search.
Json calibration_record(const PlannedModel& model) {
  const bool learns =
      std::any_of(model.methods.begin(), model.methods.end(),
                  [](const PlannedMethod& method) { return !method.artefact_hash.empty(); });
  if (!learns) return nullptr;
  const CalibrationTexts& texts = model.texts;
  return {{"texts_hash", texts.hash}, {"texts", texts.tokens.size()}, {"tokens", texts.total()}};
}

Json timing_record(const TimingSpec& timing) {
  if (timing.none) return "none";
  return {
      {"warmup", timing.warmup}, {"repeats", timing.repeats}, {"plan_ahead", timing.plan_ahead}};
}

}  // namespace

std::vector<PlannedCell> planned_cells(const Plan& plan) {
  std::vector<PlannedCell> cells;
  for (const PlannedModel& model : plan.models) {
    for (const PlannedTask& task : plan.tasks) {
      for (const Subset& subset : task.subsets) {
        for (size_t i = 0; i < model.methods.size(); ++i) {
          const PlannedMethod& method = model.methods[i];
          PlannedCell cell;
          cell.experiment = plan.experiment.name;
          cell.model = model.name;
          cell.label = method.cell.label;
          cell.method = method.cell.method;
          cell.task = task.spec.task;
          cell.subset = subset.name;
          cell.is_baseline = i == model.baseline;
          cell.metrics = task.task->metrics_of(subset);
          cell.expected_n =
              method.samples > 0 ? std::min(method.samples, subset.expected) : subset.expected;
          cell.order = method.order;
          cells.push_back(std::move(cell));
        }
      }
    }
  }
  return cells;
}

Json resolved_config(const Plan& plan) {
  const Experiment& experiment = plan.experiment;
  Json config{{"experiment", experiment.name},
              {"baseline", experiment.baseline},
              {"seed", experiment.seed},
              {"code", core_code(source_hashes())},
              {"task_filter", plan.options.tasks},
              {"calibration",
               {{"texts", experiment.calibration.texts},
                {"count", experiment.calibration.count},
                {"tokens", experiment.calibration.tokens}}},
              {"timing", timing_record(experiment.timing)}};
  for (const PlannedTask& task : plan.tasks) {
    config["tasks"].push_back({{"task", task.spec.task}, {"params", task.spec.params}});
  }
  for (const PlannedModel& model : plan.models) {
    Json methods = Json::array();
    for (const PlannedMethod& method : model.methods) {
      methods.push_back({{"label", method.cell.label},
                         {"method", method.cell.method},
                         {"params", method.cell.params},
                         {"artefact", method.artefact_hash},
                         {"block", method.block},
                         {"code", method.code}});
      const auto note = plan.preset_notes.find({model.name, method.cell.label});
      if (note != plan.preset_notes.end()) methods.back()["preset"] = note->second;
    }
    config["models"].push_back({{"name", model.name},
                                {"checkpoint", model.spec.checkpoint},
                                {"hash", model.info.hash},
                                {"device", model.device.str()},
                                {"dtype", dtype_name(model.dtype)},
                                {"code", model.code},
                                {"calibration", calibration_record(model)},
                                {"methods", std::move(methods)}});
  }
  if (!plan.search_records.empty()) config["searches"] = plan.search_records;
  return config;
}

RowKey row_key(const Plan& plan, const PlannedModel& model, const PlannedMethod& method,
               const PlannedTask& task, const Subset& subset, const Sample& sample, int64_t round) {
  RowKey key;
  key.experiment = plan.experiment.name;
  key.model = model.name;
  key.model_hash = model.info.hash;
  key.label = method.cell.label;
  key.method = method.cell.method;
  key.method_hash = method.method_hash;
  key.task = task.spec.task;
  key.subset = subset.name;
  key.data_hash = task.data_hashes.at(subset.name);
  key.sample_id = sample.id;
  key.protocol_hash = protocol_hash(model, task, sample, plan.experiment.timing);
  key.dtype = dtype_name(model.dtype);
  key.device = model.device_name;
  key.code_version = code_version(model, method, task, subset);
  key.seed = plan.experiment.seed;
  key.round = round;
  return key;
}

}  // namespace skipbench
