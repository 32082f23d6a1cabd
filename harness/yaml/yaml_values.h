#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/yaml/yaml_tree.h"
#include "kernels/base/json.h"

namespace skipbench {

/// The node as JSON, typed by YAML 1.2's core rules: 1 is an integer and 1.0 a number with a point
/// (they differ as budgets). What YAML readers disagree about (010, 0x1F, yes, .inf) is a problem.
Json to_json(const YamlNode& node, Problems& problems);

/// Reads one map key by key; finish() reports keys that nobody asked for.
class MapReader {
 public:
  /// `what` names the map in messages ("a method"). A node that is no map is reported, once.
  MapReader(const YamlNode& node, std::string what, Problems& problems);

  /// The value of a key, or null.
  const YamlNode* find(std::string_view key);
  /// Like find(), and a missing or empty value is reported.
  const YamlNode* require(std::string_view key);

  // Typed values; `fallback` when the key is missing or its value is not of the type (reported).
  std::string text(std::string_view key, std::string fallback);
  int64_t integer(std::string_view key, int64_t fallback, int64_t low);
  double number(std::string_view key, double fallback, double low, double high);
  std::optional<bool> boolean(std::string_view key);

  const YamlNode& node() const { return node_; }
  /// The map without the keys that were read so far: parameters beside a task's name.
  YamlNode rest() const;
  /// Reports unknown keys with the nearest known one.
  void finish();

 private:
  /// Nothing when the key is missing, or its value is none of JSON's (reported).
  std::optional<Json> json(std::string_view key);

  const YamlNode& node_;
  std::string what_;
  Problems& problems_;
  std::vector<std::string> known_;
};

/// The text of a scalar; reports and returns "" for anything else. `what` names it in messages.
std::string scalar_text(const YamlNode& node, std::string_view what, Problems& problems);

/// The same of each item of a list, or of the one scalar itself.
std::vector<std::string> scalar_texts(const YamlNode& node, std::string_view what,
                                      Problems& problems);

}  // namespace skipbench
