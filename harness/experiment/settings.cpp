#include "harness/experiment/settings.h"

#include <fmt/format.h>

#include <charconv>

#include "kernels/base/error.h"

namespace skipbench {
namespace {

std::vector<std::string> split_path(std::string_view path) {
  std::vector<std::string> steps;
  while (true) {
    const size_t dot = path.find('.');
    steps.emplace_back(path.substr(0, dot));
    if (dot == std::string_view::npos) return steps;
    path.remove_prefix(dot + 1);
  }
}

YamlNode* list_item(YamlNode& list, const std::string& step, const Position& where,
                    Problems& problems) {
  size_t index = list.items.size();
  const auto [end, error] = std::from_chars(step.data(), step.data() + step.size(), index);
  const bool valid = error == std::errc{} && end == step.data() + step.size();
  if (valid && index < list.items.size()) return &list.items[index];
  problems.add(where, fmt::format("'{}' must be an index of a list of {} (from 0)", step,
                                  list.items.size()));
  return nullptr;
}

YamlNode* map_entry(YamlNode& map, const std::string& step, const Position& where) {
  if (YamlNode* value = map.find(step)) return value;
  YamlNode empty;
  empty.where = where;
  map.entries.push_back({step, where, std::move(empty)});
  return &map.entries.back().value;
}

void apply(YamlNode& root, const std::string& setting, Problems& problems) {
  const Position where{"--set " + setting, 0, 0};
  const size_t equals = setting.find('=');
  if (equals == std::string::npos || equals == 0) {
    problems.add(where, "expected key.path=value");
    return;
  }
  YamlNode* node = &root;
  for (const std::string& step : split_path(setting.substr(0, equals))) {
    if (const size_t bracket = step.find('['); bracket != std::string::npos) {
      problems.add(where, fmt::format("an entry of a list is named by its number after a point, "
                                      "from 0: {}.0",
                                      step.substr(0, bracket)));
      return;
    }
    if (node->is_null()) node->kind = YamlNode::Kind::kMap;
    if (node->is_scalar() || step.empty()) {
      problems.add(where, fmt::format("the path leads nowhere at '{}'", step));
      return;
    }
    node = node->is_sequence() ? list_item(*node, step, where, problems)
                               : map_entry(*node, step, where);
    if (node == nullptr) return;
  }
  const std::string value = setting.substr(equals + 1);
  *node = parse_yaml(value.empty() ? "null" : value, where.source, problems);
  node->where = where;
}

}  // namespace

void apply_settings(YamlNode& root, const std::vector<std::string>& settings, Problems& problems) {
  for (const std::string& setting : settings) apply(root, setting, problems);
}

}  // namespace skipbench
