#include "harness/tasks/longbench/predictions.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "harness/base/mapped_file.h"
#include "harness/tasks/longbench/python_json.h"
#include "kernels/base/error.h"

namespace skipbench {
namespace {

// One line; every fault is reported with its place.
class Row {
 public:
  Row(std::string_view line, std::string place)
      : place_(std::move(place)), json_(parse_python_json(line, place_)) {
    if (!json_.is_object()) fail(fmt::format("got {}, expected a JSON object", json_.type_name()));
  }

  LongBenchPrediction prediction(bool needs_length) const {
    LongBenchPrediction row;
    const Json& text = value("pred");
    if (!text.is_string()) fail(fmt::format("pred: got {}, expected text", text.dump()));
    row.text = text.get<std::string>();
    row.answers = texts("answers");
    row.length = length(needs_length);
    return row;
  }

  std::vector<std::string> texts(const char* key) const {
    const Json& list = value(key);
    const bool texts = list.is_array() && std::all_of(list.begin(), list.end(),
                                                      [](const Json& v) { return v.is_string(); });
    if (!texts) fail(fmt::format("{}: got {}, expected a list of texts", key, list.dump()));
    return list.get<std::vector<std::string>>();
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw InputError(fmt::format("{}: {}", place_, what));
  }

  const Json& value(const char* key) const {
    const auto found = json_.find(key);
    if (found == json_.end()) fail(fmt::format("expected the key '{}'", key));
    return *found;
  }

  std::optional<double> length(bool needed) const {
    const auto found = json_.find("length");
    const bool absent = found == json_.end() || found->is_null();
    if (absent && !needed) return std::nullopt;
    if (absent) fail("expected the key 'length', which decides the range that a row belongs to");
    if (!found->is_number()) fail(fmt::format("length: got {}, expected a number", found->dump()));
    return found->get<double>();
  }

  std::string place_;
  Json json_;
};

bool is_blank(std::string_view line) {
  return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

bool lengths_tell_rows_apart(const PredictionFile& file) {
  std::set<std::optional<double>> lengths;
  for (const LongBenchPrediction& row : file.rows) lengths.insert(row.length);
  return lengths.size() > 1;
}

}  // namespace

PredictionFile read_predictions(const std::filesystem::path& file, const LongBenchTask& task,
                                LongBenchEdition edition) {
  const MappedFile content(file);
  PredictionFile read;
  std::optional<Row> last;
  std::string_view rest = content.bytes();
  for (size_t number = 1; !rest.empty(); ++number) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (is_blank(line)) continue;
    last.emplace(line, fmt::format("{}:{}", file.string(), number));
    read.rows.push_back(last->prediction(edition == LongBenchEdition::kE));
    read.lines.push_back(number);
  }
  if (last && task.metric == "classification") read.classes = last->texts("all_classes");
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
