#include "harness/report/paper/highlight.h"

#include <algorithm>

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

PairTest test_pair(const Ranked& one, const Ranked& other, const AccuracyFigure& figure) {
  std::vector<PromptValues> differences;
  size_t prompts = 0;
  for (size_t i = 0; i < one.tasks.size(); ++i) {
    differences.push_back(accuracy_differences(one.tasks[i], other.tasks[i], figure));
    prompts += differences.back().prompts();
  }
  return {sign_flip_test(differences, kSignFlipSeed).value,
          too_few_to_tell(static_cast<int64_t>(prompts))};
}

void rank_column(const std::vector<Ranked>& ranked, bool is_loss) {
  const AccuracyFigure figure = [is_loss](const SampleAccuracy& sample) {
    return is_loss ? sample.answer_nll : sample.scores.front();
  };
  std::vector<std::optional<double>> merits;
  for (const Ranked& one : ranked) {
    merits.emplace_back(is_loss ? -*one.cell->measured : *one.cell->measured);
  }
  const std::vector<Standing> standings = rank(merits, [&](size_t other, size_t best) {
    return test_pair(ranked[other], ranked[best], figure);
  });
  for (size_t i = 0; i < ranked.size(); ++i) ranked[i].cell->standing = standings[i];
}

}  // namespace

void highlight_rows(const StoreReader& reader, std::span<const PaperColumn> columns,
                    std::span<PaperRow> rows) {
  for (size_t i = 0; i < columns.size(); ++i) {
    const std::string& figure = columns[i].spec.figure;
    if (figure != "score" && figure != "loss") continue;
    rank_column(ranked_cells(reader, i, rows), figure == "loss");
  }
}

}  // namespace skipbench
