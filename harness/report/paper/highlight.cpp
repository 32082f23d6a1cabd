#include "harness/report/paper/highlight.h"

#include <algorithm>

#include "harness/statistics/holm.h"
#include "harness/statistics/sign_flip_test.h"

namespace skipbench {
namespace {

struct Ranked {
  PaperCell* cell;
  std::vector<std::vector<SampleAccuracy>> tasks;  // in the order of the cell's sources
};

std::vector<Ranked> ranked_cells(const StoreReader& reader, size_t column,
                                 std::span<PaperRow> rows) {
  int64_t most = 0;
  for (const PaperRow& row : rows) {
    const PaperCell& cell = row.cells[column];
    if (!cell.lacks_tasks()) most = std::max(most, cell.samples());
  }
  std::vector<Ranked> ranked;
  for (PaperRow& row : rows) {
    PaperCell& cell = row.cells[column];
    if (!cell.measured || cell.lacks_tasks() || cell.samples() < most) continue;
    Ranked& one = ranked.emplace_back(Ranked{&cell, {}});
    for (const JudgedCell* source : cell.sources) {
      one.tasks.push_back(reader.accuracies(source->record.plan));
    }
  }
  return ranked;
}

Ranked* find_best(std::vector<Ranked>& ranked, bool is_loss) {
  Ranked* best = &ranked.front();
  for (Ranked& one : ranked) {
    const double ours = *one.cell->measured, leading = *best->cell->measured;
    if (is_loss ? ours < leading : ours > leading) best = &one;
  }
  return best;
}

void rank(std::vector<Ranked>& ranked, bool is_loss) {
  if (ranked.size() < 2) return;
  const AccuracyFigure figure = [is_loss](const SampleAccuracy& sample) {
    return is_loss ? sample.answer_nll : sample.scores.front();
  };
  Ranked* best = find_best(ranked, is_loss);
  std::vector<Ranked*> others;
  std::vector<double> p_values;
  std::vector<bool> too_few;
  for (Ranked& one : ranked) {
    if (&one == best) continue;
    std::vector<PromptValues> differences;
    size_t prompts = 0;
    for (size_t i = 0; i < one.tasks.size(); ++i) {
      differences.push_back(accuracy_differences(one.tasks[i], best->tasks[i], figure));
      prompts += differences.back().prompts();
    }
    too_few.push_back(too_few_to_tell(static_cast<int64_t>(prompts)));
    others.push_back(&one);
    p_values.push_back(sign_flip_test(differences, kSignFlipSeed).value);
  }
  const bool no_test = std::find(too_few.begin(), too_few.end(), false) == too_few.end();
  best->cell->standing = {.place = Place::kBest, .too_few = no_test};
  const std::vector<double> adjusted = holm_adjusted(p_values);
  for (size_t i = 0; i < others.size(); ++i) {
    const Place place = adjusted[i] >= kSignificance ? Place::kTied : Place::kNone;
    others[i]->cell->standing = {
        .place = place, .p = adjusted[i], .p_alone = p_values[i], .too_few = too_few[i]};
  }
}

}  // namespace

void highlight_rows(const StoreReader& reader, std::span<const PaperColumn> columns,
                    std::span<PaperRow> rows) {
  for (size_t i = 0; i < columns.size(); ++i) {
    const std::string& figure = columns[i].spec.figure;
    if (figure != "score" && figure != "loss") continue;
    std::vector<Ranked> ranked = ranked_cells(reader, i, rows);
    rank(ranked, figure == "loss");
  }
}

}  // namespace skipbench
