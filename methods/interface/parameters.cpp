#include "methods/interface/parameters.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "kernels/base/suggest.h"

namespace skipbench::parameters_detail {
namespace {

constexpr double kUnbounded = 1e300;

bool in_range(double value, const Field& field) {
  return value >= field.low && value <= field.high;
}

bool zero_allowed(const Field& field) {
  return field.low == 0.0;
}

std::string bounds(const Field& field) {
  const bool low = field.low > -kUnbounded, high = field.high < kUnbounded;
  if (low && high) return fmt::format("from {} to {}", field.low, field.high);
  if (low) return fmt::format("of at least {}", field.low);
  if (high) return fmt::format("of at most {}", field.high);
  return "";
}

std::string with_bounds(std::string what, const Field& field) {
  const std::string text = bounds(field);
  return text.empty() ? what : what + " " + text;
}

std::string budget_choices(const Field& field) {
  return fmt::format(
      "a token count (an integer of at least {}) or a share of the prompt (a number written with a "
      "point, above 0 and at most 1.0)",
      zero_allowed(field) ? 0 : 1);
}

// The count of "1 token", "64 tokens"; 0 for other text.
int64_t written_count(const std::string& text) {
  int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  const std::string_view unit(end, text.data() + text.size() - end);
  return error == std::errc{} && (unit == " token" || unit == " tokens") ? count : 0;
}

}  // namespace

std::string type_name(const bool&) {
  return "bool";
}
std::string type_name(const int64_t&) {
  return "whole number";
}
std::string type_name(const double&) {
  return "number";
}
std::string type_name(const std::string&) {
  return "word";
}
std::string type_name(const Budget&) {
  return "budget";
}

Json write_value(bool value) {
  return value;
}
Json write_value(int64_t value) {
  return value;
}
Json write_value(double value) {
  return value;
}
Json write_value(const std::string& value) {
  return value;
}
Json write_value(const Budget& value) {
  if (value.is_share()) return value.share_of_prompt();
  return value.token_count();
}

void add_problem(const Json& json, const Place& place, const std::string& expected) {
  place.problems.push_back({place.key, fmt::format("got {}, expected {}", json.dump(), expected)});
}

void read_value(const Json& json, const Place& place, bool& value) {
  if (!json.is_boolean()) return add_problem(json, place, "true or false");
  value = json.get<bool>();
}

void read_value(const Json& json, const Place& place, int64_t& value) {
  const bool fits = json.is_number_integer() &&
                    !(json.is_number_unsigned() &&
                      json.get<uint64_t>() > uint64_t{std::numeric_limits<int64_t>::max()});
  if (!fits || !in_range(json.get<double>(), place.field)) {
    return add_problem(json, place, with_bounds("an integer", place.field));
  }
  value = json.get<int64_t>();
}

void read_value(const Json& json, const Place& place, double& value) {
  if (!json.is_number() || !std::isfinite(json.get<double>()) ||
      !in_range(json.get<double>(), place.field)) {
    return add_problem(json, place, with_bounds("a number", place.field));
  }
  value = json.get<double>();
}

void read_value(const Json& json, const Place& place, std::string& value) {
  const auto& choices = place.field.choices;
  if (!json.is_string()) {
    return add_problem(json, place, choices.empty() ? "text" : range_text(place.field, "word"));
  }
  const auto given = json.get<std::string>();
  if (!choices.empty() && std::find(choices.begin(), choices.end(), given) == choices.end()) {
    place.problems.push_back(
        {place.key,
         fmt::format("got '{}', expected {}{}", given, range_text(place.field, "word"),
                     nearest_name(given, choices).empty() ? "" : suggestion(given, choices))});
    return;
  }
  value = given;
}

void read_value(const Json& json, const Place& place, Budget& value) {
  const double number = json.is_number() ? json.get<double>() : -1.0;
  const int64_t count = json.is_string() ? written_count(json.get<std::string>()) : 0;
  if (number == 0.0 && zero_allowed(place.field)) {
    value = Budget::tokens(0);
  } else if (json.is_number_float() && number > 0.0 && number <= 1.0) {
    value = Budget::share(number);
  } else if (json.is_number_integer() && number >= 1.0 && number < 0x1p62) {
    value = Budget::tokens(json.get<int64_t>());
  } else if (count >= 1) {
    value = Budget::tokens(count);
  } else {
    add_problem(json, place, budget_choices(place.field));
  }
}

void report_unknown_keys(const Json& given, const std::vector<std::string>& known,
                         std::vector<ParameterProblem>& problems) {
  for (const auto& [key, value] : given.items()) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    problems.push_back({key, known.empty() ? "unknown parameter; there are none"
                                           : "unknown parameter" + suggestion(key, known)});
  }
}

std::string range_text(const Field& field, const std::string& type) {
  if (!field.choices.empty()) return fmt::format("one of {}", fmt::join(field.choices, ", "));
  if (type.ends_with("budget")) {
    return zero_allowed(field) ? "tokens, or share up to 1.0; 0 allowed"
                               : "tokens, or share up to 1.0";
  }
  return bounds(field);
}

std::string default_text(const Field& field, const Json& value) {
  if (field.required) return "required";
  if (value.is_null()) return "none";
  return value.is_string() ? value.get<std::string>() : value.dump();
}

}  // namespace skipbench::parameters_detail
