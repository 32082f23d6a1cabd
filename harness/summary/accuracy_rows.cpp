#include "harness/summary/accuracy_rows.h"

#include <algorithm>

#include "harness/store/database.h"

namespace skipbench {
namespace {

constexpr std::string_view kLosses = R"sql(
  SELECT sample_id, avg(answer_nll) FROM sample_row
  WHERE version_id = ? AND in_plan AND status = 'ok'
  GROUP BY sample_id ORDER BY sample_id)sql";

constexpr std::string_view kScores = R"sql(
  SELECT s.sample_id, avg(m.score)
  FROM sample_row s JOIN score_row m ON m.sample_row_id = s.id AND m.metric = ?
  WHERE s.version_id = ? AND s.in_plan AND s.status = 'ok'
  GROUP BY s.sample_id ORDER BY s.sample_id)sql";

}  // namespace

std::vector<SampleAccuracy> load_accuracies(Database& database, const StoredCell& cell) {
  std::vector<SampleAccuracy> samples;
  if (!cell.version) return samples;
  const std::vector<std::string>& metrics = cell.plan.metrics;
  Statement& losses = database.statement(kLosses).bind(*cell.version);
  while (losses.step()) {
    SampleAccuracy& sample = samples.emplace_back();
    sample.scores.resize(metrics.size());
    losses.read(0, sample.sample_id, sample.answer_nll);
  }
  for (size_t i = 0; i < metrics.size(); ++i) {
    Statement& scores = database.statement(kScores).bind(metrics[i], *cell.version);
    auto sample = samples.begin();
    while (scores.step()) {
      const std::string id = scores.text(0);
      while (sample->sample_id != id) ++sample;  // every scored sample is among them, in order
      scores.read(1, sample->scores[i]);
    }
  }
  return samples;
}

}  // namespace skipbench
