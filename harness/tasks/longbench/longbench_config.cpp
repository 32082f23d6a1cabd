#include "harness/tasks/longbench/longbench_config.h"

#include <fmt/format.h>

#include <type_traits>

#include "harness/base/mapped_file.h"
#include "harness/tasks/longbench/python_json.h"
#include "kernels/base/error.h"

namespace skipbench {
namespace {

constexpr std::string_view kPrompts = "dataset2prompt.json", kLengths = "dataset2maxlen.json";

// The value of each task: its prompt, or its number of tokens; `example` is a file that is in
// order.
template <class Value>
std::map<std::string, Value, std::less<>> read(const std::filesystem::path& file,
                                               const char* example) {
  const Json json = parse_python_json(MappedFile(file).bytes(), file.string());
  if (!json.is_object()) {
    throw InputError(fmt::format("{}: got {}, expected an object like {}", file.string(),
                                 json.type_name(), example));
  }
  std::map<std::string, Value, std::less<>> values;
  for (const auto& [task, value] : json.items()) {
    const bool fits =
        std::is_same_v<Value, std::string> ? value.is_string() : value.is_number_integer();
    if (!fits) {
      throw InputError(fmt::format("{}: {}: got {}, expected an object like {}", file.string(),
                                   task, value.dump(), example));
    }
    values.emplace(task, value.template get<Value>());
  }
  return values;
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
      prompts_(read<std::string>(folder / kPrompts, R"({"qasper": "Answer: {input}"})")),
      lengths_(read<int64_t>(folder / kLengths, R"({"qasper": 128})")) {}

const std::string& LongBenchConfig::prompt(std::string_view task) const {
  return find(prompts_, task, folder_ / kPrompts);
}

int64_t LongBenchConfig::max_new_tokens(std::string_view task) const {
  return find(lengths_, task, folder_ / kLengths);
}

}  // namespace skipbench
