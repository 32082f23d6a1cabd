#include "harness/yaml/yaml_tree.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <tuple>
#include <utility>

#include "kernels/base/error.h"

namespace skipbench {

std::string Position::text() const {
  if (line == 0) return source;
  return fmt::format("{}:{}:{}", source, line, column);
}

void Problems::add(const Position& where, std::string_view message, bool cause) {
  for (const Problem& problem : found_) {
    const bool same_place = problem.where.line == where.line &&
                            problem.where.column == where.column &&
                            problem.where.source == where.source;
    if (same_place && problem.message == message) return;
  }
  found_.push_back({where, std::string(message), cause});
}

void Problems::throw_if_any() const {
  if (found_.empty()) return;
  std::vector<Problem> ordered = found_;
  std::stable_sort(ordered.begin(), ordered.end(), [](const Problem& a, const Problem& b) {
    return std::tuple(!a.cause, a.where.line, a.where.column) <
           std::tuple(!b.cause, b.where.line, b.where.column);
  });
  std::vector<std::string> lines;
  for (const Problem& problem : ordered) {
    lines.push_back(fmt::format("{}: {}", problem.where.text(), problem.message));
  }
  throw InputError(fmt::format("{}", fmt::join(lines, "\n")));
}

const YamlNode* YamlNode::find(std::string_view key) const {
  for (const Entry& entry : entries) {
    if (entry.key == key) return &entry.value;
  }
  return nullptr;
}

YamlNode* YamlNode::find(std::string_view key) {
  return const_cast<YamlNode*>(std::as_const(*this).find(key));
}

namespace {

// The next step of a path like "stages[2].budget": its name or index; `path` becomes the rest.
std::string_view take_step(std::string_view& path, bool& is_index) {
  if (path.starts_with('.')) path.remove_prefix(1);
  is_index = path.starts_with('[');
  if (is_index) path.remove_prefix(1);
  const size_t end = std::min(path.find_first_of(is_index ? "]" : ".["), path.size());
  const std::string_view step = path.substr(0, end);
  path.remove_prefix(std::min(end + (is_index ? 1 : 0), path.size()));
  return step;
}

}  // namespace

Position YamlNode::locate(std::string_view path) const {
  const YamlNode* node = this;
  Position found = where;
  while (!path.empty()) {
    bool is_index = false;
    const std::string_view step = take_step(path, is_index);
    if (is_index) {
      size_t index = node->items.size();
      std::from_chars(step.data(), step.data() + step.size(), index);
      if (index >= node->items.size()) return found;
      node = &node->items[index];
      found = node->where;
      continue;
    }
    const auto entry = std::find_if(node->entries.begin(), node->entries.end(),
                                    [&](const Entry& each) { return each.key == step; });
    if (entry == node->entries.end()) return found;
    node = &entry->value;
    // A value that --set put there is not the one after the file's key.
    const bool is_set = node->where.source != entry->key_where.source;
    found = is_set ? node->where : entry->key_where;
  }
  return found;
}

std::string_view kind_name(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::kNull:
      return "nothing";
    case YamlNode::Kind::kScalar:
      return "a single value";
    case YamlNode::Kind::kSequence:
      return node.items.empty() ? "an empty list" : "a list";
    case YamlNode::Kind::kMap:
      return "a map";
  }
  return "";
}

}  // namespace skipbench
