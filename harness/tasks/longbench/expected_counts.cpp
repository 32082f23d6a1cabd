#include "harness/tasks/longbench/expected_counts.h"

#include <fmt/format.h>

#include "harness/base/mapped_file.h"
#include "harness/tasks/longbench/python_json.h"
#include "kernels/base/error.h"

namespace skipbench {

ExpectedCounts::ExpectedCounts(LongBenchEdition edition, const std::filesystem::path& file)
    : edition_(edition), counts_(std::in_place) {
  const Json json = parse_python_json(MappedFile(file).bytes(), file.string());
  if (!json.is_object()) {
    throw InputError(fmt::format(R"({}: got {}, expected an object like {{"qasper": 9}})",
                                 file.string(), json.type_name()));
  }
  for (const auto& [name, count] : json.items()) {
    try {
      find_longbench_task(name, edition);
    } catch (const InputError& error) {
      throw InputError(fmt::format("{}: {}", file.string(), error.what()));
    }
    if (!count.is_number_integer() || count.get<int64_t>() < 1) {
      throw InputError(fmt::format("{}: {}: got {}, expected a number of rows", file.string(), name,
                                   count.dump()));
    }
    counts_->emplace(name, count.get<int64_t>());
  }
}

int64_t ExpectedCounts::of(const LongBenchTask& task) const {
  if (!counts_) return task.rows(edition_).count;
  const auto found = counts_->find(task.name);
  return found == counts_->end() ? 0 : found->second;
}

std::vector<const LongBenchTask*> ExpectedCounts::tasks() const {
  std::vector<const LongBenchTask*> tasks;
  for (const LongBenchTask* task : longbench_tasks(edition_)) {
    if (of(*task) > 0) tasks.push_back(task);
  }
  return tasks;
}

ExpectedCounts expected_counts_beside(LongBenchEdition edition,
                                      const std::filesystem::path& folder) {
  const std::filesystem::path file = folder / kExpectedCountsFile;
  return std::filesystem::exists(file) ? ExpectedCounts(edition, file) : ExpectedCounts(edition);
}

}  // namespace skipbench
