#include "harness/yaml/yaml_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "kernels/base/suggest.h"

namespace skipbench {
namespace {

bool is_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

std::string_view without_sign(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  return text;
}

// What YAML 1.1, 1.2 and common sense read differently; "" when the text is plain.
std::string trap(std::string_view text) {
  const std::string_view digits = without_sign(text);
  const bool leading_zero = digits.size() > 1 && digits[0] == '0' && is_digits(digits);
  if (leading_zero) {
    return fmt::format("'{}' has a leading zero, which some read as octal; write it without", text);
  }
  const bool radix =
      digits.size() > 2 && digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'o');
  if (radix) return fmt::format("'{}': write the number in decimal", text);
  static constexpr std::string_view kBooleans[] = {"yes", "no", "on", "off", "y", "n"};
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (std::find(std::begin(kBooleans), std::end(kBooleans), lower) != std::end(kBooleans)) {
    return fmt::format("'{}': write true or false, or put the word in quotes", text);
  }
  if (lower == ".inf" || lower == "-.inf" || lower == "+.inf" || lower == ".nan") {
    return fmt::format("'{}' is not a usable number", text);
  }
  return "";
}

std::optional<double> parse_real(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  const bool numeric = !text.empty() &&
                       text.find_first_not_of("0123456789.eE+-") == std::string_view::npos &&
                       text.find_first_of("0123456789") != std::string_view::npos;
  if (!numeric) return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Json scalar_to_json(const YamlNode& node, Problems& problems) {
  const std::string_view text = node.text;
  if (node.quoted) return node.text;
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  if (const std::string problem = trap(text); !problem.empty()) {
    problems.add(node.where, problem);
    return nullptr;
  }
  if (is_digits(without_sign(text))) {
    const std::string_view number = text.starts_with('+') ? text.substr(1) : text;
    int64_t value = 0;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
    if (error == std::errc{}) return value;
    problems.add(node.where, fmt::format("'{}' does not fit into 64 bits", text));
    return nullptr;
  }
  if (const std::optional<double> value = parse_real(text)) return *value;
  return node.text;
}

}  // namespace

Json to_json(const YamlNode& node, Problems& problems) {
  switch (node.kind) {
    case YamlNode::Kind::kNull:
      return nullptr;
    case YamlNode::Kind::kScalar:
      return scalar_to_json(node, problems);
    case YamlNode::Kind::kSequence: {
      Json list = Json::array();
      for (const YamlNode& item : node.items) list.push_back(to_json(item, problems));
      return list;
    }
    case YamlNode::Kind::kMap: {
      Json map = Json::object();
      for (const auto& entry : node.entries) map[entry.key] = to_json(entry.value, problems);
      return map;
    }
  }
  return nullptr;
}

MapReader::MapReader(const YamlNode& node, std::string what, Problems& problems)
    : node_(node), what_(std::move(what)), problems_(problems) {
  if (!node.is_map()) {
    problems.add(node.where, fmt::format("expected {} with keys, got {}", what_, kind_name(node)));
  }
}

const YamlNode* MapReader::find(std::string_view key) {
  known_.emplace_back(key);
  return node_.find(key);
}

const YamlNode* MapReader::require(std::string_view key) {
  const YamlNode* value = find(key);
  if (!node_.is_map()) return nullptr;
  if (value == nullptr) {
    problems_.add(node_.where, fmt::format("{} needs the key '{}'", what_, key));
  } else if (value->is_null()) {
    problems_.add(node_.locate(key), fmt::format("'{}' has no value", key));
    return nullptr;
  }
  return value;
}

std::string MapReader::text(std::string_view key, std::string fallback) {
  const YamlNode* value = find(key);
  if (value == nullptr) return fallback;
  return scalar_text(*value, key, problems_);
}

std::optional<Json> MapReader::json(std::string_view key) {
  const YamlNode* value = find(key);
  if (value == nullptr) return std::nullopt;
  Problems trap;
  Json json = to_json(*value, trap);
  if (trap.empty()) return json;
  to_json(*value, problems_);
  return std::nullopt;
}

int64_t MapReader::integer(std::string_view key, int64_t fallback, int64_t low) {
  const std::optional<Json> value = json(key);
  if (!value) return fallback;
  if (value->is_number_integer() && value->get<int64_t>() >= low) return value->get<int64_t>();
  problems_.add(find(key)->where, fmt::format("'{}' is {}; expected a whole number of at least {}",
                                              key, value->dump(), low));
  return fallback;
}

std::optional<bool> MapReader::boolean(std::string_view key) {
  const std::optional<Json> value = json(key);
  if (!value) return std::nullopt;
  if (value->is_boolean()) return value->get<bool>();
  problems_.add(find(key)->where,
                fmt::format("'{}' is {}; expected true or false", key, value->dump()));
  return std::nullopt;
}

double MapReader::number(std::string_view key, double fallback, double low, double high) {
  const std::optional<Json> value = json(key);
  if (!value) return fallback;
  if (value->is_number() && value->get<double>() >= low && value->get<double>() <= high) {
    return value->get<double>();
  }
  problems_.add(find(key)->where, fmt::format("'{}' is {}; expected a number from {} to {}", key,
                                              value->dump(), low, high));
  return fallback;
}

YamlNode MapReader::rest() const {
  YamlNode rest = node_;
  std::erase_if(rest.entries, [this](const YamlNode::Entry& entry) {
    return std::find(known_.begin(), known_.end(), entry.key) != known_.end();
  });
  return rest;
}

void MapReader::finish() {
  for (const YamlNode::Entry& entry : node_.entries) {
    if (std::find(known_.begin(), known_.end(), entry.key) != known_.end()) continue;
    if (entry.key == "<<") continue;  // reported by the parser
    problems_.add_cause(entry.key_where, fmt::format("unknown key '{}' in {}{}", entry.key, what_,
                                                     suggestion(entry.key, known_)));
  }
}

std::string scalar_text(const YamlNode& node, std::string_view what, Problems& problems) {
  if (node.is_scalar() && !(node.quoted && node.text.empty())) return node.text;
  problems.add(node.where, fmt::format("'{}' must be text, not {}", what,
                                       node.is_scalar() ? "empty" : kind_name(node)));
  return "";
}

std::vector<std::string> scalar_texts(const YamlNode& node, std::string_view what,
                                      Problems& problems) {
  if (!node.is_sequence()) return {scalar_text(node, what, problems)};
  std::vector<std::string> texts;
  for (const YamlNode& item : node.items) texts.push_back(scalar_text(item, what, problems));
  return texts;
}

}  // namespace skipbench
