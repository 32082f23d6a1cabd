#include "harness/report/compare/compare_cells.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "harness/report/judge/report_data.h"
#include "harness/statistics/score_difference.h"
#include "harness/summary/pairs.h"

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
  if (first.cell->record.summary.random_weights || second.cell->record.summary.random_weights)
    return {};
  std::vector<SharedFigure> figures;
  const std::vector<std::string>& ours = first.cell->record.plan.metrics;
  const std::vector<std::string>& theirs = second.cell->record.plan.metrics;
  for (size_t i = 0; i < ours.size(); ++i) {
    const auto found = std::find(theirs.begin(), theirs.end(), ours[i]);
    if (found == theirs.end()) continue;
    const auto j = static_cast<size_t>(found - theirs.begin());
    figures.push_back({ours[i], Unit::kPoints, score_at(i), score_at(j)});
  }
  const RowFigure loss = [](const Observation& row) { return row.answer_nll; };
  const RowFigure kl = [](const Observation& row) { return row.kl_first_token; };
  const RowFigure kl_decoded = [](const Observation& row) { return row.kl_decoded; };
  figures.push_back({"loss", Unit::kNats, loss, loss});
  figures.push_back({"KL", Unit::kNats, kl, kl});
  figures.push_back({"KL decoded", Unit::kNats, kl_decoded, kl_decoded});
  return figures;
}

/// One value a sample.
using BySample = std::map<std::string, double>;

BySample means_of(const std::map<std::string, std::vector<double>>& values) {
  BySample means;
  for (const auto& [sample, rounds] : values) means[sample] = *mean(rounds);
  return means;
}

/// The mean over a sample's rounds that ended well.
BySample means_by_sample(std::span<const Observation> rows, const RowFigure& figure) {
  std::map<std::string, std::vector<double>> values;
  for (const Observation& row : rows) {
    const auto value = row.status == RowStatus::kOk ? figure(row) : std::nullopt;
    if (value) values[row.sample_id].push_back(*value);
  }
  return means_of(values);
}

void add_prompt(PromptValues& values, double value) {
  values.begin_prompt();
  values.add(value);
}

PairedValues paired_values(std::span<const Observation> ours, std::span<const Observation> theirs,
                           const SharedFigure& figure) {
  const BySample first = means_by_sample(theirs, figure.first);
  const BySample second = means_by_sample(ours, figure.second);
  PairedValues values;
  for (const auto& [sample, value] : first) {
    const auto other = second.find(sample);
    if (other == second.end()) continue;
    add_prompt(values.first, value);
    add_prompt(values.second, other->second);
    add_prompt(values.differences, other->second - value);
  }
  return values;
}

std::optional<double> mean_over_tasks(const std::vector<PromptValues>& tasks) {
  std::vector<double> means;
  for (const PromptValues& task : tasks) {
    if (const auto value = estimate_mean(task).mean) means.push_back(*value);
  }
  return mean(means);
}

ComparedFigure compare_figure(const std::string& name, Unit unit,
                              std::span<const PairedValues> tasks) {
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
          .difference = unit == Unit::kPoints ? score_difference(differences)
                                              : paired_difference(differences)};
}

/// A time, and which rows' times make a pair.
struct TimeFigure {
  RowFigure value;
  bool (*match)(const Observation&, const Observation&);
};

const TimeFigure kTtft{[](const Observation& row) { return row.ttft_ms; }, ttft_pairs};
const TimeFigure kEndToEnd{[](const Observation& row) { return row.e2e_ms; }, e2e_pairs};

ComparedTime compared_time(const PromptValues& ratios, std::optional<double> of_means) {
  return {.pairs = static_cast<int64_t>(ratios.size()),
          .mean = mean_ratio(ratios),
          .median = estimate_median(ratios),
          .ratio_of_means = of_means};
}

/// How many times faster than the baseline: the geometric mean over a sample's rounds.
BySample speedups_by_sample(const std::vector<Pair>& pairs, const RowFigure& time) {
  std::map<std::string, std::vector<double>> logarithms;
  for (const auto& [method, baseline] : pairs) {
    const double ours = time(*method).value_or(0), theirs = time(*baseline).value_or(0);
    if (ours > 0 && theirs > 0) logarithms[method->sample_id].push_back(std::log(theirs / ours));
  }
  BySample speedups = means_of(logarithms);
  for (auto& [sample, value] : speedups) value = std::exp(value);
  return speedups;
}

/// baseline / second over baseline / first is first / second.
ComparedTime compare_over_baseline(const Side& first, const Side& second, const TimeFigure& time) {
  const auto first_pairs = pairs_that(pair_rows(first.rows, first.baseline), time.match);
  const auto second_pairs = pairs_that(pair_rows(second.rows, second.baseline), time.match);
  const BySample slow = speedups_by_sample(first_pairs, time.value);
  const BySample fast = speedups_by_sample(second_pairs, time.value);
  PromptValues ratios;
  for (const auto& [sample, speedup] : slow) {
    if (const auto other = fast.find(sample); other != fast.end()) {
      add_prompt(ratios, other->second / speedup);
    }
  }
  std::optional<double> of_means;
  const auto ours = ratio_of_means(second_pairs, time.value);
  const auto theirs = ratio_of_means(first_pairs, time.value);
  if (ours && theirs && *theirs > 0) of_means = *ours / *theirs;
  ComparedTime compared = compared_time(ratios, of_means);
  compared.over_baseline = compared.pairs > 0;
  return compared;
}

ComparedTime compare_times(const Side& first, const Side& second, const TimeFigure& time) {
  const std::vector<Pair> in_turns = pair_rows(second.rows, first.rows);
  // Where they were timed in turns, that is the better comparison, however few pairs remain.
  if (pairs_that(in_turns, ttft_pairs).empty()) {
    return compare_over_baseline(first, second, time);
  }
  const std::vector<Pair> pairs = pairs_that(in_turns, time.match);
  return compared_time(paired_speedups(pairs, time.value), ratio_of_means(pairs, time.value));
}

int64_t samples_of(std::span<const Observation> rows) {
  return static_cast<int64_t>(values_of(rows, [](const Observation& row) -> std::optional<double> {
                                return row.status == RowStatus::kOk ? std::optional(0.0)
                                                                    : std::nullopt;
                              }).prompts());
}

}  // namespace

Side CellRows::side(const StoreReader& reader, const JudgedCell& cell, const JudgedCell* baseline) {
  Side side{&reader, &cell, rows_of(reader, cell), {}};
  if (baseline) side.baseline = rows_of(reader, *baseline);
  return side;
}

std::span<const Observation> CellRows::rows_of(const StoreReader& reader, const JudgedCell& cell) {
  auto found = rows_.find(&cell);
  if (found == rows_.end()) {
    found = rows_.emplace(&cell, reader.observations(cell.record.plan)).first;
  }
  return found->second;
}

void CellComparer::add(const Side& first, const Side& second) {
  ComparedTask task;
  task.name = task_name(first.cell->record.plan);
  task.first_samples = samples_of(first.rows);
  task.second_samples = samples_of(second.rows);
  for (const SharedFigure& figure : shared_figures(first, second)) {
    PairedValues values = paired_values(second.rows, first.rows, figure);
    if (values.differences.prompts() == 0) continue;
    // The main metric stands first.
    if (figure.unit == Unit::kPoints && task.figures.empty()) tasks_of_["score"].push_back(values);
    task.figures.push_back(compare_figure(figure.name, figure.unit, {&values, 1}));
    if (figure.unit == Unit::kNats) tasks_of_[figure.name].push_back(std::move(values));
  }
  const bool timed = first.cell->shows_figures() && second.cell->shows_figures();
  if (timed && first.reader == second.reader) {
    task.ttft = compare_times(first, second, kTtft);
    task.ttft.too_fast = is_marked_too_fast(*first.cell) || is_marked_too_fast(*second.cell);
    task.ttft.host_bound = is_host_bound(*first.cell) || is_host_bound(*second.cell);
    task.end_to_end = compare_times(first, second, kEndToEnd);
  }
  result_.tasks.push_back(std::move(task));
}

void CellComparer::finish() {
  constexpr std::array<std::pair<const char*, Unit>, 3> kFigures{
      {{"score", Unit::kPoints}, {"loss", Unit::kNats}, {"KL", Unit::kNats}}};
  for (const auto& [name, unit] : kFigures) {
    const std::vector<PairedValues>& tasks = tasks_of_[name];
    if (tasks.size() > 1) result_.over_tasks.push_back(compare_figure(name, unit, tasks));
  }
}

}  // namespace skipbench
