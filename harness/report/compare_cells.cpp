#include "harness/report/compare_cells.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "harness/report/report_data.h"
#include "harness/store/pairs.h"
#include "kernels/base/random.h"

namespace skipbench {
namespace {

/// The figures that two cells share, with how to read them.
struct SharedFigure {
  std::string name;
  Unit unit;
  RowFigure first, second;
};

RowFigure score_at(size_t index) {
  return [index](const Observation& row) { return row.scores[index]; };
}

std::vector<SharedFigure> shared_figures(const Side& first, const Side& second) {
  if (first.cell->summary.random_weights || second.cell->summary.random_weights) return {};
  std::vector<SharedFigure> figures;
  const std::vector<std::string>& ours = first.cell->plan.metrics;
  const std::vector<std::string>& theirs = second.cell->plan.metrics;
  for (size_t i = 0; i < ours.size(); ++i) {
    const auto found = std::find(theirs.begin(), theirs.end(), ours[i]);
    if (found == theirs.end()) continue;
    const auto j = static_cast<size_t>(found - theirs.begin());
    figures.push_back({ours[i], Unit::kPoints, score_at(i), score_at(j)});
  }
  const RowFigure loss = [](const Observation& row) { return row.answer_nll; };
  const RowFigure kl = [](const Observation& row) { return row.kl_first_token; };
  figures.push_back({"loss", Unit::kNats, loss, loss});
  figures.push_back({"KL", Unit::kNats, kl, kl});
  return figures;
}

PairedValues paired_values(const std::vector<Pair>& pairs, const SharedFigure& figure) {
  std::vector<Observation> first, second;
  PairedValues values;
  for (const auto& [ours, theirs] : pairs) {
    if (!figure.second(*ours) || !figure.first(*theirs)) continue;
    second.push_back(*ours);
    first.push_back(*theirs);
  }
  values.first = values_of(first, figure.first);
  values.second = values_of(second, figure.second);
  for (size_t i = 0; i < values.first.prompts(); ++i) {
    values.differences.begin_prompt();
    values.differences.add(*mean(values.second.rounds(i)) - *mean(values.first.rounds(i)));
  }
  return values;
}

std::optional<double> mean_over_tasks(const std::vector<PromptValues>& tasks) {
  std::vector<double> means;
  for (const PromptValues& task : tasks) {
    if (const auto value = estimate_mean(task, 0, 0).mean) means.push_back(*value);
  }
  return mean(means);
}

ComparedFigure compare_figure(const std::string& name, Unit unit,
                              std::span<const PairedValues> tasks, uint64_t seed) {
  std::vector<PromptValues> first, second, differences;
  for (const PairedValues& task : tasks) {
    first.push_back(task.first);
    second.push_back(task.second);
    differences.push_back(task.differences);
  }
  return {.name = name,
          .unit = unit,
          .first_mean = mean_over_tasks(first),
          .second_mean = mean_over_tasks(second),
          .difference = paired_difference(differences, seed)};
}

ComparedTime compare_times(const std::vector<Pair>& pairs, std::optional<double> Observation::*time,
                           uint64_t seed) {
  const RowFigure figure = [time](const Observation& row) { return row.*time; };
  const PromptValues ratios = paired_speedups(pairs, figure);
  return {.pairs = static_cast<int64_t>(ratios.size()),
          .mean = estimate_mean(ratios, seed),
          .median = estimate_median(ratios, seed),
          .ratio_of_means = ratio_of_means(pairs, figure)};
}

int64_t samples_of(std::span<const Observation> rows) {
  return static_cast<int64_t>(values_of(rows, [](const Observation& row) -> std::optional<double> {
                                return row.status == RowStatus::kOk ? std::optional(0.0)
                                                                    : std::nullopt;
                              }).prompts());
}

}  // namespace

Side CellRows::side(const StoreReader& reader, const CellRecord& cell) {
  auto found = rows_.find(&cell);
  if (found == rows_.end()) {
    found = rows_.emplace(&cell, reader.observations(cell.plan)).first;
  }
  return {&reader, &cell, found->second};
}

void CellComparer::add(const Side& first, const Side& second) {
  const std::vector<Pair> pairs = pair_rows(second.rows, first.rows);
  ComparedTask task;
  task.name = task_name(first.cell->plan);
  task.first_samples = samples_of(first.rows);
  task.second_samples = samples_of(second.rows);
  const uint64_t seed =
      fnv1a(fmt::format("{}/{}/{}/{}", result_.model, task.name, result_.first, result_.second));
  for (const SharedFigure& figure : shared_figures(first, second)) {
    PairedValues values = paired_values(pairs, figure);
    if (values.differences.prompts() == 0) continue;
    // The main metric stands first.
    if (figure.unit == Unit::kPoints && task.figures.empty()) tasks_of_["score"].push_back(values);
    task.figures.push_back(compare_figure(figure.name, figure.unit, {&values, 1}, seed));
    if (figure.unit == Unit::kNats) tasks_of_[figure.name].push_back(std::move(values));
  }
  if (first.reader == second.reader) {
    task.ttft = compare_times(pairs_that(pairs, ttft_pairs), &Observation::ttft_ms, seed);
    task.end_to_end = compare_times(pairs_that(pairs, e2e_pairs), &Observation::e2e_ms, seed);
  }
  result_.tasks.push_back(std::move(task));
}

void CellComparer::finish() {
  constexpr std::array<std::pair<const char*, Unit>, 3> kFigures{
      {{"score", Unit::kPoints}, {"loss", Unit::kNats}, {"KL", Unit::kNats}}};
  const uint64_t seed = fnv1a(result_.model + '/' + result_.first + '/' + result_.second);
  for (const auto& [name, unit] : kFigures) {
    const std::vector<PairedValues>& tasks = tasks_of_[name];
    if (tasks.size() > 1) result_.over_tasks.push_back(compare_figure(name, unit, tasks, seed));
  }
}

}  // namespace skipbench
