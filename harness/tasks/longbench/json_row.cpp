#include "harness/tasks/longbench/json_row.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/tasks/longbench/python_json.h"
#include "kernels/base/error.h"

namespace skipbench {

JsonRow::JsonRow(std::string_view line, std::string place)
    : place_(std::move(place)), json_(parse_python_json(line, place_)) {
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

std::vector<FileLine> filled_lines(std::string_view bytes) {
  std::vector<FileLine> lines;
  for (size_t number = 1; !bytes.empty(); ++number) {
    const size_t end = std::min(bytes.find('\n'), bytes.size());
    const std::string_view line = bytes.substr(0, end);
    bytes.remove_prefix(std::min(end + 1, bytes.size()));
    if (line.find_first_not_of(" \t\r") != std::string_view::npos) lines.push_back({line, number});
  }
  return lines;
}

}  // namespace skipbench
