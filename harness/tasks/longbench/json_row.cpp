#include "harness/tasks/longbench/json_row.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/tasks/longbench/python_json.h"
#include "kernels/base/error.h"

namespace skipbench {

JsonRow::JsonRow(const FileLine& line, const std::string& file)
    : place_(fmt::format("{}:{}", file, line.number)),
      json_(parse_python_json(line.text, file, line.number)) {
  if (!json_.is_object()) fail(fmt::format("got {}, expected a JSON object", json_.type_name()));
}

void JsonRow::fail(const std::string& what) const {
  throw InputError(fmt::format("{}: {}", place_, what));
}

const Json& JsonRow::value(const char* key) const {
  const auto found = json_.find(key);
  if (found == json_.end()) fail(fmt::format("expected the key '{}'", key));
  return *found;
}

std::string JsonRow::text(const char* key) const {
  const Json& text = value(key);
  if (!text.is_string()) fail(fmt::format("{}: got {}, expected text", key, text.dump()));
  return text.get<std::string>();
}

std::vector<std::string> JsonRow::texts(const char* key) const {
  const Json& list = value(key);
  const bool texts =
      list.is_array() &&
      std::all_of(list.begin(), list.end(), [](const Json& entry) { return entry.is_string(); });
  if (!texts) fail(fmt::format("{}: got {}, expected a list of texts", key, list.dump()));
  return list.get<std::vector<std::string>>();
}

std::optional<double> JsonRow::number(const char* key) const {
  const auto found = json_.find(key);
  if (found == json_.end() || found->is_null()) return std::nullopt;
  if (!found->is_number()) fail(fmt::format("{}: got {}, expected a number", key, found->dump()));
  return found->get<double>();
}

}  // namespace skipbench
