#include "tests/harness/report/support/example_database.h"

#include <string>
#include <vector>

namespace skipbench {
namespace {

/// A row with figures that differ from sample to sample and between labels.
SampleRow varied_row(const PlannedCell& cell, int sample) {
  SampleRow row = example_row(cell, std::to_string(sample));
  const double wobble = 1 + 0.01 * sample;
  *row.ttft_ms *= wobble * wobble;
  row.scores = {{"exact_match", sample % 2 == 0 ? 100.0 : 0.0}, {"contains_answer", 100.0}};
  *row.answer_nll += cell.is_baseline ? 0 : 0.01 * sample;
  if (cell.label == "spts 100%") {
    row.attention_share = row.ffn_share = row.attention_pair_share = row.kv_share = 1;
    row.active = false;
    row.inactive_reason = "the prompt of 1000 tokens fits every budget";
  }
  if (cell.label == "spts huge") {
    row = example_row(cell, std::to_string(sample));
    row.status = RowStatus::kOom;
    row.error = "out of memory: 12 GiB wanted, 8 GiB there";
  }
  return row;
}

std::vector<PlannedCell> example_cells(const std::string& task, const std::string& subset) {
  std::vector<PlannedCell> cells;
  for (const char* label : {"full", "spts 50%", "spts 25%", "spts 100%", "spts huge"}) {
    cells.push_back(example_cell(label, static_cast<int64_t>(cells.size()), task, subset));
  }
  return cells;
}

}  // namespace

void write_example_database(const std::filesystem::path& file) {
  Store store(file);
  const int64_t run = store.begin_run(example_run());
  for (const auto& [task, subset] : {std::pair("needle", "1024"), std::pair("articles", "")}) {
    const std::vector<PlannedCell> cells = example_cells(task, subset);
    store.plan_cells(cells);
    for (int sample = 0; sample < 4; ++sample) {
      std::vector<SampleRow> rows;
      for (const PlannedCell& cell : cells) {
        const bool missing = cell.label == "spts 25%" && sample == 3;
        if (!missing) rows.push_back(varied_row(cell, sample));
      }
      store.write(run, rows);
    }
  }
  store.summarise("demo");
  store.end_run(run, "done");
}

}  // namespace skipbench
