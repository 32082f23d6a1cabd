#include "harness/tune/tune.h"

#include <fmt/format.h>

#include <utility>

#include "harness/base/write_file.h"
#include "harness/experiment/tune_start.h"
#include "harness/store/queries.h"
#include "kernels/base/error.h"

namespace skipbench {
namespace {

constexpr const char* kSearch = "search";
constexpr const char* kHeldOut = "held-out";

// Replies are not looked at: one token, which prefill gives.
TaskSpec rows_task(const std::filesystem::path& file, bool chat) {
  TaskSpec task{.task = "jsonl", .params = {}};
  std::vector<ParameterProblem> problems;
  task.params = find_task(task.task).resolve(
      {{"file", file.string()}, {"max_new_tokens", 1}, {"chat", chat}}, problems);
  return task;
}

Checkpoint text_side(const std::string& checkpoint) {
  const CheckpointInfo info = inspect_checkpoint(checkpoint);
  if (info.random_weights) {
    throw InputError(
        fmt::format("{} has random weights, whose losses say nothing; name a trained "
                    "model with --checkpoint",
                    info.name));
  }
  Checkpoint text = load_text_side(checkpoint);
  text.info = info;
  if (text.tokenizer) return text;
  throw InputError(fmt::format("{} has no tokenizer; put the model's tokenizer.json into {}",
                               info.name, info.file.string()));
}

std::string interval_text(const std::optional<double>& low, const std::optional<double>& high) {
  return low && high ? fmt::format(" [{:.3g}, {:.3g}]", *low, *high) : "";
}

}  // namespace

Tune::Tune(TuneRequest request, const std::filesystem::path& rows)
    : request_(std::move(request)), rows_(rows) {
  const Checkpoint text = text_side(request_.model.checkpoint);
  TuneStart start = tune_start(request_.method, request_.over, text.info.config);
  texts_ = tune_texts(request_.texts, request_.answer_tokens, text, request_.seed);
  write_file("--db", rows_.string() + "-search.jsonl", texts_.search);
  write_file("--db", rows_.string() + "-held-out.jsonl", texts_.held_out);
  Experiment experiment = this->experiment(kSearch);
  SearchSpec search;
  search.method = std::move(start.method);
  search.method.label = search.method.method;
  search.goal.value = request_.loss;
  search.goal.least = savings_of(find_method(search.method.method).decides);
  search.parameter = start.parameter;
  search.steps = request_.steps;
  experiment.searches.push_back(std::move(search));
  search_ = make_plan(std::move(experiment), {});
  search_.searches.front().preset_note = start.preset_note;
}

Experiment Tune::experiment(const std::string& half) const {
  Experiment experiment;
  experiment.name = half == kSearch ? request_.name : fmt::format("{}-{}", request_.name, half);
  experiment.file = "tune";
  experiment.models = {request_.model};
  experiment.tasks = {rows_task(fmt::format("{}-{}.jsonl", rows_.string(), half),
                                !request_.texts.task.task.empty())};
  experiment.methods = {
      {.label = "full", .method = "full", .preset = "", .overrides = Json::object()}};
  experiment.baseline = "full";
  experiment.seed = request_.seed;
  experiment.timing.plan_ahead = true;  // every text has a length of its own
  return experiment;
}

std::optional<Json> Tune::chosen(const ExperimentOutcome& outcome) const {
  if (outcome.searches.empty() || outcome.searches.front().chosen().empty()) return std::nullopt;
  const SearchRecord& record = outcome.searches.front();
  const double factor = record.probes[*record.conclusion.chosen].factor;
  return search_.searches.front().cell_at(factor).params;
}

Plan Tune::held_out(const Json& params) const {
  Experiment experiment = this->experiment(kHeldOut);
  experiment.methods.push_back({.label = request_.method.method + " tuned",
                                .method = request_.method.method,
                                .preset = "",
                                .overrides = params});
  return make_plan(std::move(experiment), {});
}

CellSummary Tune::verdict(const std::filesystem::path& database) const {
  const StoreReader store(database);
  for (const CellRecord& cell : store.cells(experiment(kHeldOut).name)) {
    if (cell.in_plan && !cell.plan.is_baseline && cell.summary.answer_nll_delta)
      return cell.summary;
  }
  throw InputError(
      fmt::format("{} has no loss of the held-out texts, whose measurements failed; "
                  "'skipbench report {}' says why, and --db starts anew elsewhere",
                  database.string(), database.string()));
}

Preset Tune::preset(const Json& params, const CellSummary& verdict) const {
  const CheckpointInfo& model = search_.models.front().info;
  return {.name = request_.method.method + " tuned",
          .source = fmt::format("ours: tuned on {} for {}; {} held-out texts: loss {}",
                                request_.texts.texts, model.name, verdict.n, verdict_text(verdict)),
          .layers = model.config.layers,
          .width = model.config.width,
          .published = false,
          .params = params};
}

std::string verdict_text(const CellSummary& verdict) {
  std::string text =
      fmt::format("{:+.3g}{} nats a token", *verdict.answer_nll_delta,
                  interval_text(verdict.answer_nll_delta_low, verdict.answer_nll_delta_high));
  if (verdict.speedup_ttft) {
    text += fmt::format(", TTFT {:.3g}x{}", *verdict.speedup_ttft,
                        interval_text(verdict.speedup_ttft_low, verdict.speedup_ttft_high));
  }
  if (verdict.ideal_speedup) text += fmt::format(", ideal {:.3g}x", *verdict.ideal_speedup);
  return text;
}

}  // namespace skipbench
