#include "harness/report/paper/published.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/yaml/yaml_values.h"

namespace skipbench {
namespace {

std::string required_text(MapReader& map, std::string_view key, Problems& problems) {
  const YamlNode* node = map.require(key);
  return node ? scalar_text(*node, key, problems) : "";
}

PublishedFigure read_figure(const YamlNode& node, Problems& problems) {
  MapReader map(node, "a published figure", problems);
  PublishedFigure figure{required_text(map, "model", problems), required_text(map, "row", problems),
                         required_text(map, "column", problems), 0, map.text("setup", "")};
  if (const YamlNode* value = map.require("value")) {
    const Json number = to_json(*value, problems);
    if (number.is_number()) {
      figure.value = number.get<double>();
    } else {
      problems.add(value->where, fmt::format("'value' must be a number, not {}", number.dump()));
    }
  }
  map.finish();
  return figure;
}

}  // namespace

const PublishedFigure* PublishedFigures::find(const std::string& model, const std::string& row,
                                              const std::string& column) const {
  const auto found = std::find_if(figures.begin(), figures.end(), [&](const PublishedFigure& f) {
    return f.model == model && f.row == row && f.column == column;
  });
  return found == figures.end() ? nullptr : &*found;
}

PublishedFigures load_published(const std::filesystem::path& file) {
  Problems problems;
  const YamlNode root = parse_yaml_file(file, problems);
  MapReader map(root, "published figures", problems);
  PublishedFigures published;
  published.source = required_text(map, "source", problems);
  published.setup = required_text(map, "setup", problems);
  const YamlNode* list = map.require("figures");
  if (list && !list->is_sequence()) problems.add(list->where, "'figures' must be a list");
  for (const YamlNode& node : list ? list->items : std::vector<YamlNode>()) {
    PublishedFigure figure = read_figure(node, problems);
    if (published.find(figure.model, figure.row, figure.column)) {
      problems.add(node.where, fmt::format("a second value for {}, {}, {}", figure.model,
                                           figure.row, figure.column));
    }
    published.figures.push_back(std::move(figure));
  }
  map.finish();
  problems.throw_if_any();
  return published;
}

}  // namespace skipbench
