#include "harness/tasks/longbench/longbench_config.h"

#include <fmt/format.h>

#include "harness/base/mapped_file.h"
#include "harness/tasks/longbench/python_json.h"
#include "kernels/base/error.h"

namespace skipbench {
namespace {

constexpr std::string_view kPrompts = "dataset2prompt.json", kLengths = "dataset2maxlen.json";

template <class Value>
std::map<std::string, Value, std::less<>> read(const std::filesystem::path& file) {
  try {
    return parse_python_json(MappedFile(file).bytes(), file.string())
        .get<std::map<std::string, Value, std::less<>>>();
  } catch (const Json::exception& error) {
    throw InputError(fmt::format("{}: {}", file.string(), error.what()));
  }
}

template <class Values>
const auto& find(const Values& values, std::string_view task, const std::filesystem::path& file) {
  const auto found = values.find(task);
  if (found == values.end()) {
    throw InputError(fmt::format("{}: says nothing of the task '{}'", file.string(), task));
  }
  return found->second;
}

}  // namespace

LongBenchConfig::LongBenchConfig(const std::filesystem::path& folder)
    : folder_(folder),
      prompts_(read<std::string>(folder / kPrompts)),
      lengths_(read<int64_t>(folder / kLengths)) {}

const std::string& LongBenchConfig::prompt(std::string_view task) const {
  return find(prompts_, task, folder_ / kPrompts);
}

int64_t LongBenchConfig::max_new_tokens(std::string_view task) const {
  return find(lengths_, task, folder_ / kLengths);
}

}  // namespace skipbench
