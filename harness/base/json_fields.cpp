#include "harness/base/json_fields.h"

#include <fmt/format.h>

#include "kernels/base/error.h"

namespace skipbench {
namespace {

bool is_int64(const Json& value) {
  if (value.is_number_unsigned()) return value.get<uint64_t>() <= static_cast<uint64_t>(INT64_MAX);
  return value.is_number_integer();
}

}  // namespace

JsonFields::JsonFields(Json object, std::string where)
    : root_(std::make_shared<const Json>(std::move(object))),
      object_(root_.get()),
      where_(std::move(where)) {
  if (!object_->is_object())
    fail(fmt::format("it is {}, expected an object", object_->type_name()));
}

JsonFields::JsonFields(std::shared_ptr<const Json> root, const Json& object, std::string where)
    : root_(std::move(root)), object_(&object), where_(std::move(where)) {}

void JsonFields::fail(std::string_view problem) const {
  throw InputError(fmt::format("{}: {}", where_, problem));
}

void JsonFields::fail_type(std::string_view key, const Json& value, const char* expected) const {
  std::string text = value.dump(-1, ' ', true);
  if (text.size() > 60) text = text.substr(0, 60) + "...";
  fail(fmt::format("'{}' is {}, expected {}", key, text, expected));
}

void JsonFields::fail_absent(std::string_view key) const {
  fail(fmt::format("key '{}' is missing", key));
}

const Json* JsonFields::find(std::string_view key) const {
  const auto found = object_->find(std::string(key));
  return found == object_->end() || found->is_null() ? nullptr : &*found;
}

std::optional<int64_t> JsonFields::find_integer(std::string_view key) const {
  const Json* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (!is_int64(*value)) fail_type(key, *value, "an integer");
  return value->get<int64_t>();
}

std::optional<double> JsonFields::find_number(std::string_view key) const {
  const Json* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (!value->is_number()) fail_type(key, *value, "a number");
  return value->get<double>();
}

std::optional<bool> JsonFields::find_flag(std::string_view key) const {
  const Json* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (!value->is_boolean()) fail_type(key, *value, "true or false");
  return value->get<bool>();
}

std::optional<std::string> JsonFields::find_text(std::string_view key) const {
  const Json* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (!value->is_string()) fail_type(key, *value, "a string");
  return value->get<std::string>();
}

std::optional<JsonFields> JsonFields::find_object(std::string_view key) const {
  const Json* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (!value->is_object()) fail_type(key, *value, "an object");
  return JsonFields(root_, *value, fmt::format("{}: {}", where_, key));
}

std::vector<int64_t> JsonFields::integers(std::string_view key) const {
  const Json* value = find(key);
  if (value == nullptr) return {};
  if (!value->is_array()) return {*find_integer(key)};
  std::vector<int64_t> numbers;
  for (const Json& entry : *value) {
    if (!is_int64(entry)) fail_type(key, *value, "an integer or a list of them");
    numbers.push_back(entry.get<int64_t>());
  }
  return numbers;
}

int64_t JsonFields::integer(std::string_view key) const {
  if (const auto value = find_integer(key)) return *value;
  fail_absent(key);
}

double JsonFields::number(std::string_view key) const {
  if (const auto value = find_number(key)) return *value;
  fail_absent(key);
}

std::string JsonFields::text(std::string_view key) const {
  if (auto value = find_text(key)) return *std::move(value);
  fail_absent(key);
}

}  // namespace skipbench
