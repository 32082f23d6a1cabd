#include "harness/summary/prompt_facts.h"

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/statistics/statistics.h"
#include "harness/store/database.h"
#include "harness/store/samples/cell_rows.h"

namespace skipbench {
namespace {

constexpr std::string_view kRows = R"sql(
  SELECT s.sample_id, s.round, s.run_id, s.prompt_tokens, s.truncated_tokens, s.flops,
    CASE s.slow_prefill WHEN '' THEN t.ttft_ms END
  FROM sample_row s LEFT JOIN timing_row t ON t.sample_row_id = s.id
  WHERE s.version_id = ? AND s.in_plan AND s.status = 'ok'
  ORDER BY s.sample_id, s.round)sql";

}  // namespace

std::optional<double> time_drift(std::span<const PromptRow> rows) {
  constexpr size_t kEnoughPrompts = 4;
  using Group = std::pair<int64_t, int64_t>;  // run, prompt tokens
  std::map<Group, std::map<std::string, std::vector<double>>> groups;
  for (const PromptRow& row : rows) {
    if (!row.ttft_ms) continue;
    groups[{row.run, row.tokens}][row.sample_id].push_back(*row.ttft_ms);
  }
  std::vector<double> relative;  // each prompt's time / the median of its group
  for (auto& [group, samples] : groups) {
    if (samples.size() < kEnoughPrompts) continue;
    std::vector<double> times;
    for (auto& [sample, rounds] : samples) times.push_back(*quantile(rounds, 0.5));
    std::vector<double> sorted = times;
    const double median = *quantile(sorted, 0.5);
    if (median <= 0) continue;
    for (const double time : times) relative.push_back(time / median);
  }
  if (relative.empty()) return std::nullopt;
  return *quantile(relative, 0.75) - *quantile(relative, 0.25);
}

PromptFacts prompt_facts(std::span<const PromptRow> rows) {
  PromptFacts facts;
  facts.drift = time_drift(rows);
  const std::string* last = nullptr;
  for (const PromptRow& row : rows) {
    if (last && *last == row.sample_id) continue;  // another round
    last = &row.sample_id;
    ++facts.samples;
    facts.truncated += row.truncated_tokens > 0;
    facts.truncated_tokens += row.truncated_tokens;
  }
  return facts;
}

std::vector<PromptRow> load_prompt_rows(Database& database, const StoredCell& cell) {
  std::vector<PromptRow> rows;
  if (!cell.version) return rows;
  Statement& query = database.statement(kRows).bind(*cell.version);
  while (query.step()) {
    PromptRow& row = rows.emplace_back();
    query.read(0, row.sample_id, row.round, row.run, row.tokens, row.truncated_tokens, row.flops,
               row.ttft_ms);
  }
  return rows;
}

}  // namespace skipbench
