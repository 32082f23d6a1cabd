#include "harness/tasks/longbench/data_set.h"

#include <fmt/format.h>

#include "harness/base/sha256.h"

namespace skipbench {
namespace {

// Everything that a sample will need must be there; what is read here is thrown away.
size_t checked_range(const JsonRow& row, LongBenchEdition edition) {
  row.text("context");
  row.text("input");
  if (row.texts("answers").empty()) row.fail("answers: expected at least one");
  const std::optional<double> length = row.number("length");
  if (edition == LongBenchEdition::kV1) return 0;
  if (!length) row.fail("expected the key 'length'");
  return length_range(*length);
}

}  // namespace

std::filesystem::path LongBenchDataSet::file_of(const LongBenchTask& task, LongBenchEdition edition,
                                                const std::filesystem::path& folder) {
  const char* suffix = edition == LongBenchEdition::kE ? "_e" : "";
  return folder / fmt::format("{}{}.jsonl", task.name, suffix);
}

LongBenchDataSet::LongBenchDataSet(const LongBenchTask& task, LongBenchEdition edition,
                                   const std::filesystem::path& folder)
    : task_(&task),
      file_(file_of(task, edition, folder)),
      lines_(filled_lines(file_.bytes())),
      ranges_(edition == LongBenchEdition::kE ? kLengthRanges.size() : 1),
      hash_(sha256_hex(file_.bytes())) {
  for (size_t i = 0; i < lines_.size(); ++i) {
    const JsonRow row = this->row(i);
    ranges_[checked_range(row, edition)].push_back(i);
    const bool last = i + 1 == lines_.size();
    if (last && task.metric == "classification") classes_ = row.texts("all_classes");
  }
}

JsonRow LongBenchDataSet::row(size_t index) const {
  return {lines_.at(index), file_.path().string()};
}

}  // namespace skipbench
