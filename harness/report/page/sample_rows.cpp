#include "harness/report/page/sample_rows.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "harness/report/tables/cell_grid.h"

namespace skipbench {
namespace {

using OrderedJson = nlohmann::ordered_json;

OrderedJson number(const std::optional<double>& value) {
  if (!value || !std::isfinite(*value)) return nullptr;
  const double fine = std::fabs(*value) < 1 ? 1e6 : 1e3;
  return std::round(*value * fine) / fine;
}

/// The first bytes of a text, never half a character.
std::string shortened(const std::string& text, size_t bytes) {
  if (text.size() <= bytes) return text;
  size_t end = bytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end) + " …";
}

size_t position(const std::vector<std::string>& names, const std::string& name) {
  return static_cast<size_t>(std::find(names.begin(), names.end(), name) - names.begin());
}

int64_t samples_of(const CellSummary& s) {
  return s.n + s.n_oom + s.n_error + s.n_invalid;
}

bool is_shown(const JudgedCell& cell) {
  return cell.state != CellState::kNotRun && cell.state != CellState::kOutdated;
}

OrderedJson row_json(const SampleReply& sample, size_t task, size_t label,
                     const SampleLimits& limits) {
  return {task,
          label,
          sample.sample_id,
          sample.status == "ok" ? OrderedJson() : OrderedJson(sample.status + ": " + sample.error),
          number(sample.scores.empty() ? std::nullopt : sample.scores.front()),
          number(sample.answer_nll),
          number(sample.ttft_ms),
          sample.prompt_tokens,
          sample.new_tokens,
          shortened(sample.reply, limits.reply_bytes),
          shortened(fmt::format("{}", fmt::join(sample.answers, " | ")), limits.reply_bytes)};
}

}  // namespace

OrderedJson sample_rows(const StoreReader& reader, const ModelCells& model,
                        const SampleLimits& limits) {
  const CellGrid grid = make_grid(model, is_shown);
  OrderedJson rows = OrderedJson::array(), baselines;
  int64_t total = 0;
  const auto cells = static_cast<int64_t>(std::max<size_t>(model.cells.size(), 1));
  const int64_t per_cell = std::max<int64_t>(limits.rows / cells, 1);
  for (const std::string& task : grid.tasks) {
    const size_t task_at = position(grid.tasks, task);
    for (const std::string& label : grid.labels) {
      const JudgedCell* cell = grid.find(label, task);
      if (cell == nullptr || !is_shown(*cell)) continue;
      const PlannedCell& plan = cell->record.plan;
      if (plan.is_baseline) baselines = label;
      total += samples_of(cell->record.summary);
      for (const SampleReply& sample : reader.sample_replies(plan, per_cell)) {
        rows.push_back(row_json(sample, task_at, position(grid.labels, label), limits));
      }
    }
  }
  return {{"tasks", grid.tasks},
          {"labels", grid.labels},
          {"baseline", std::move(baselines)},
          {"total", total},
          {"rows", std::move(rows)}};
}

}  // namespace skipbench
