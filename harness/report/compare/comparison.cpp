#include "harness/report/compare/comparison.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>
#include <tuple>

#include "harness/base/add_once.h"
#include "harness/report/compare/compare_cells.h"
#include "harness/report/judge/code_parts.h"
#include "harness/report/judge/report_data.h"
#include "harness/report/paper/choose_labels.h"
#include "harness/report/tables/cell_grid.h"
#include "harness/statistics/holm.h"
#include "kernels/base/error.h"

namespace skipbench {
namespace {

/// What all comparisons need of one database: its planned cells that have rows.
struct Source {
  const StoreReader& reader;
  std::vector<JudgedCell> cells;

  std::vector<PlannedCell> plans() const {
    std::vector<PlannedCell> plans;
    for (const JudgedCell& cell : cells) plans.push_back(cell.record.plan);
    return plans;
  }
  std::string name() const { return "database " + reader.file().string(); }
};

Source load_source(const StoreReader& reader, const std::string& only) {
  Source source{reader, {}};
  for (const ExperimentData& experiment : load_experiments(reader, only, true)) {
    for (const ModelCells& model : experiment.models) {
      for (const JudgedCell& cell : model.cells) {
        if (cell.state != CellState::kNotRun) source.cells.push_back(cell);
      }
    }
  }
  if (source.cells.empty()) throw InputError(source.name() + ": no cell has rows yet");
  return source;
}

std::string one_label(const Source& source, const std::string& word) {
  const std::vector<std::string> labels = choose_labels(source.plans(), word, source.name());
  if (labels.size() == 1) return labels.front();
  throw InputError(fmt::format("{}: '{}' means {} labels, and the first method must be one: '{}'",
                               source.name(), word, labels.size(), fmt::join(labels, "', '")));
}

std::vector<std::string> other_labels(const Source& source, const std::string& word,
                                      const std::string* first) {
  std::vector<std::string> labels = choose_labels(source.plans(), word, source.name());
  if (first) std::erase(labels, *first);
  if (labels.empty()) {
    throw InputError(
        fmt::format("'{}' would be compared with itself; give another second method", *first));
  }
  return labels;
}

bool has_one_experiment(const Source& source) {
  return std::all_of(source.cells.begin(), source.cells.end(), [&](const JudgedCell& cell) {
    return cell.record.plan.experiment == source.cells.front().record.plan.experiment;
  });
}

const JudgedCell* find_partner(const Source& source, const PlannedCell& like,
                               const std::string& label, bool any_experiment) {
  for (const JudgedCell& cell : source.cells) {
    const PlannedCell& plan = cell.record.plan;
    const bool same = std::tie(plan.model, plan.task, plan.subset, plan.label) ==
                      std::tie(like.model, like.task, like.subset, label);
    if (same && (any_experiment || plan.experiment == like.experiment)) return &cell;
  }
  return nullptr;
}

bool is_baseline_of(const PlannedCell& baseline, const PlannedCell& cell) {
  const auto place = [](const PlannedCell& plan) {
    return std::tie(plan.experiment, plan.model, plan.task, plan.subset);
  };
  return baseline.is_baseline && place(baseline) == place(cell);
}

const JudgedCell* find_baseline(const std::vector<JudgedCell>& cells, const JudgedCell& of) {
  for (const JudgedCell& cell : cells) {
    if (is_baseline_of(cell.record.plan, of.record.plan)) return &cell;
  }
  return nullptr;
}

/// What keeps two cells from being compared sample by sample; empty when nothing does.
std::string disagreement(const CellVersion& a, const CellVersion& b) {
  const std::array<std::tuple<const char*, const std::string&, const std::string&>, 4> facts{{
      {"model file", a.model_hash, b.model_hash},
      {"data", a.data_hash, b.data_hash},
      {"protocol", a.protocol_hash, b.protocol_hash},
      {"dtype", a.dtype, b.dtype},
  }};
  std::vector<std::string> differing;
  for (const auto& [what, left, right] : facts) {
    if (left == right) continue;
    differing.push_back(fmt::format("{} {} and {}", what, left.substr(0, 12), right.substr(0, 12)));
  }
  return fmt::format("{}", fmt::join(differing, ", "));
}

void note_once(std::vector<std::string>& notes, const std::string& note) {
  add_once(notes, note);
}

void add_notes(const Side& first, const Side& second, Comparison& result) {
  const CellRecord& ours = first.cell->record;
  const CellRecord& theirs = second.cell->record;
  const CellVersion& a = ours.version;
  const CellVersion& b = theirs.version;
  const std::string name = task_name(ours.plan);
  if (const std::string reason = disagreement(a, b); !reason.empty()) {
    note_once(result.notes, fmt::format("mixed: {} ({})", name, reason));
  }
  if (a.device != b.device) {
    note_once(result.notes, fmt::format("mixed machines: {} and {}", a.device, b.device));
  }
  const SharedSources shared{.method = ours.plan.method == theirs.plan.method, .task = true};
  const SourceDifference code = difference_of_sources(a.code_version, b.code_version, shared);
  if (!code.part.empty()) {
    note_once(result.notes,
              fmt::format("mixed code: {} {} and {}", code.part, code.first, code.second));
  }
  if (ours.summary.git_dirty || theirs.summary.git_dirty) {
    note_once(result.notes, "dirty-tree: built from sources with uncommitted changes");
  }
  if (ours.summary.random_weights || theirs.summary.random_weights) {
    note_once(result.notes, "random-weights: times alone, no accuracy");
  }
  const bool timed =
      first.reader == second.reader && first.cell->shows_figures() && second.cell->shows_figures();
  for (const Side* side : {&first, &second}) {
    if (!timed) break;
    const std::string& label = side->cell->record.plan.label;
    if (is_marked_too_fast(*side->cell)) {
      note_once(
          result.notes,
          fmt::format("too-fast: {} on {} is faster than its saved work allows (†)", label, name));
    }
    if (is_host_bound(*side->cell)) {
      note_once(result.notes,
                fmt::format("host-bound: the GPU waited for the host during {:.1f}% of the prefill "
                            "of {} or its baseline on {} (‡)",
                            100 * side->cell->host_wait, label, name));
    }
  }
  if (first.reader != second.reader) {
    note_once(result.notes, "times: of two databases, never measured in turns, are not compared");
  }
}

/// Corrects the p-values of each figure for all tasks and labels it was tested on.
void correct_for_number(const std::vector<ComparedFigure*>& figures) {
  std::map<std::string, std::vector<double*>> families;
  for (ComparedFigure* figure : figures) {
    figure->p_holm = figure->difference.p.value;
    families[figure->name].push_back(&figure->p_holm);
  }
  for (const auto& [name, p_values] : families) holm_adjust(p_values);
}

void correct_all(std::vector<Comparison>& comparisons) {
  std::vector<ComparedFigure*> of_tasks, over_tasks;
  for (Comparison& comparison : comparisons) {
    comparison.corrected_together = static_cast<size_t>(
        std::count_if(comparisons.begin(), comparisons.end(),
                      [](const Comparison& each) { return !each.tasks.empty(); }));
    for (ComparedTask& task : comparison.tasks) {
      for (ComparedFigure& figure : task.figures) of_tasks.push_back(&figure);
    }
    for (ComparedFigure& figure : comparison.over_tasks) over_tasks.push_back(&figure);
  }
  correct_for_number(of_tasks);
  correct_for_number(over_tasks);
}

/// Whether the cell has figures of its own, those of an inactive method among them; a self-check
/// that failed or memory that ran out leaves rows behind which are none.
bool is_comparable(const JudgedCell& cell) {
  return cell.shows_accuracy();
}

/// Whether a report of the newest version has rows of the cell.
bool is_measured(const JudgedCell* cell) {
  return cell && cell->state != CellState::kNotRun && cell->state != CellState::kOutdated;
}

/// Why the pair is left out: "NAME of LABEL: invalid".
std::string withheld(const JudgedCell& first, const JudgedCell& second) {
  std::vector<std::string> reasons;
  for (const JudgedCell* cell : {&first, &second}) {
    if (is_comparable(*cell)) continue;
    const PlannedCell& plan = cell->record.plan;
    reasons.push_back(
        fmt::format("{} of {}: {}", task_name(plan), plan.label, cell_state_name(cell->state)));
  }
  return fmt::format("{}", fmt::join(reasons, ", "));
}

/// The cells that two labels have on one experiment and model, and what of them is left out.
struct LabelPairs {
  std::vector<std::pair<Side, Side>> sides;
  std::vector<std::string> withheld;
};

using PairsByModel = std::map<std::pair<std::string, std::string>, LabelPairs>;

/// The tasks that both labels have; those that cannot be compared are told in `refused`.
PairsByModel pair_cells(const Source& first, const std::string& first_label, const Source& second,
                        const std::string& second_label, CellRows& rows,
                        std::vector<std::string>& refused) {
  const bool any_experiment =
      &first.reader != &second.reader && has_one_experiment(first) && has_one_experiment(second);
  PairsByModel pairs;
  for (const JudgedCell& cell : first.cells) {
    const PlannedCell& plan = cell.record.plan;
    if (plan.label != first_label) continue;
    const JudgedCell* partner = find_partner(second, plan, second_label, any_experiment);
    if (!partner) continue;
    LabelPairs& pair = pairs[{plan.experiment, plan.model}];
    if (!is_comparable(cell) || !is_comparable(*partner)) {
      pair.withheld.push_back(withheld(cell, *partner));
      continue;
    }
    pair.sides.push_back(
        {rows.side(first.reader, cell, find_baseline(first.cells, cell)),
         rows.side(second.reader, *partner, find_baseline(second.cells, *partner))});
    const std::string reason = disagreement(cell.record.version, partner->record.version);
    if (!reason.empty()) refused.push_back(fmt::format("{}: {}", task_name(plan), reason));
  }
  return pairs;
}

Comparison compare_labels(const std::pair<std::string, std::string>& experiment_and_model,
                          const std::string& first_label, const std::string& second_label,
                          const LabelPairs& pairs) {
  Comparison result;
  std::tie(result.experiment, result.model) = experiment_and_model;
  result.first = first_label;
  result.second = second_label;
  CellComparer comparer(result);
  for (const auto& [first, second] : pairs.sides) {
    comparer.add(first, second);
    add_notes(first, second, result);
  }
  for (const std::string& reason : pairs.withheld) {
    result.notes.push_back("left out: " + reason);
  }
  comparer.finish();
  const bool over_baseline =
      std::any_of(result.tasks.begin(), result.tasks.end(),
                  [](const ComparedTask& task) { return task.ttft.over_baseline; });
  if (over_baseline) {
    result.notes.push_back(
        "times: never measured in turns; the ratios are those of the speed-ups over the baseline "
        "beside each, one a sample");
  }
  return result;
}

}  // namespace

std::optional<Comparison> compare_two(const StoreReader& reader, const ModelCells& model,
                                      const std::string& first, const std::string& second,
                                      CellRows& rows) {
  const CellGrid grid = make_grid(model, [](const JudgedCell&) { return true; });
  LabelPairs pairs;
  for (const std::string& task : grid.tasks) {
    const JudgedCell* a = grid.find(first, task);
    const JudgedCell* b = grid.find(second, task);
    if (!is_measured(a) || !is_measured(b)) continue;
    if (!is_comparable(*a) || !is_comparable(*b)) {
      pairs.withheld.push_back(withheld(*a, *b));
      continue;
    }
    if (const std::string other = disagreement(a->record.version, b->record.version);
        !other.empty()) {
      pairs.withheld.push_back(fmt::format("{} ({})", task, other));
      continue;
    }
    const JudgedCell* baseline = find_baseline(model.cells, *a);
    pairs.sides.emplace_back(rows.side(reader, *a, baseline), rows.side(reader, *b, baseline));
  }
  if (pairs.sides.empty()) return std::nullopt;
  std::vector<Comparison> one;
  one.push_back(compare_labels({model.experiment, model.model}, first, second, pairs));
  correct_all(one);
  return std::move(one.front());
}

std::vector<Comparison> compare_methods(const StoreReader& first_reader,
                                        const StoreReader& second_reader,
                                        const ComparisonRequest& request) {
  const Source first = load_source(first_reader, request.experiment);
  const bool same_database = &first_reader == &second_reader;
  const Source second = same_database ? first : load_source(second_reader, request.experiment);
  const std::string first_label = one_label(first, request.first);

  std::vector<Comparison> comparisons;
  CellRows rows;
  std::vector<std::string> refused;
  for (const std::string& label :
       other_labels(second, request.second, same_database ? &first_label : nullptr)) {
    const PairsByModel models = pair_cells(first, first_label, second, label, rows, refused);
    if (!refused.empty() && !request.allow_mixed) continue;
    for (const auto& [names, pairs] : models) {
      comparisons.push_back(compare_labels(names, first_label, label, pairs));
    }
  }
  if (!refused.empty() && !request.allow_mixed) {
    throw InputError(fmt::format(
        "'{}' and '{}' were not measured on the same (--allow-mixed compares them nevertheless):\n"
        "  {}",
        first_label, request.second, fmt::join(refused, "\n  ")));
  }
  if (comparisons.empty()) {
    throw InputError(
        fmt::format("'{}' and '{}' have no model and task in common", first_label, request.second));
  }
  correct_all(comparisons);
  return comparisons;
}

}  // namespace skipbench
