#include "harness/tasks/longbench/predictions.h"

#include <fmt/format.h>

#include <map>
#include <set>

#include "harness/base/filled_lines.h"
#include "harness/base/mapped_file.h"
#include "harness/tasks/longbench/json_row.h"

namespace skipbench {
namespace {

LongBenchPrediction prediction_of(const JsonRow& row, LongBenchEdition edition) {
  LongBenchPrediction prediction{row.text("pred"), row.texts("answers"), row.number("length")};
  if (!prediction.length && edition == LongBenchEdition::kE) {
    row.fail("expected the key 'length', which decides the range that a row belongs to");
  }
  return prediction;
}

}  // namespace

bool lengths_tell_rows_apart(const PredictionFile& file) {
  std::set<std::optional<double>> lengths;
  for (const LongBenchPrediction& row : file.rows) lengths.insert(row.length);
  return lengths.size() > 1;
}

PredictionFile read_predictions(const std::filesystem::path& file, const LongBenchTask& task,
                                LongBenchEdition edition) {
  const MappedFile content(file);
  const std::vector<FileLine> lines = filled_lines(content.bytes());
  PredictionFile read;
  for (const FileLine& line : lines) {
    const JsonRow row(line, file.string());
    read.rows.push_back(prediction_of(row, edition));
    read.lines.push_back(line.number);
    const bool last = &line == &lines.back();
    if (last && task.metric == "classification") read.classes = row.texts("all_classes");
  }
  return read;
}

std::vector<RepeatedRow> repeated_rows(const PredictionFile& file) {
  const bool by_length = lengths_tell_rows_apart(file);
  std::map<std::string, size_t> line_of;
  std::vector<RepeatedRow> repeated;
  for (size_t i = 0; i < file.rows.size(); ++i) {
    const LongBenchPrediction& row = file.rows[i];
    Json identity = {row.answers, row.length.value_or(-1)};
    if (!by_length) identity.push_back(row.text);
    const auto [earlier, fresh] = line_of.emplace(identity.dump(), file.lines[i]);
    if (!fresh) repeated.push_back({file.lines[i], earlier->second});
  }
  return repeated;
}

}  // namespace skipbench
