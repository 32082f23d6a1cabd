#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/base/json.h"

namespace skipbench {

/// The keys of a JSON object in a checkpoint's file. A key whose value is null counts as absent.
/// Everything throws InputError naming `where` (the file, and the object inside it) and the key
/// when a value has another type than asked for.
class JsonFields {
 public:
  /// Throws when `object` is no object.
  JsonFields(Json object, std::string where);

  const std::string& where() const { return where_; }
  /// Whether the key is there at all, be it null.
  bool contains(std::string_view key) const { return object_->contains(std::string(key)); }
  /// Null when absent.
  const Json* find(std::string_view key) const;
  std::optional<int64_t> find_integer(std::string_view key) const;
  std::optional<double> find_number(std::string_view key) const;
  std::optional<bool> find_flag(std::string_view key) const;
  std::optional<std::string> find_text(std::string_view key) const;
  std::optional<JsonFields> find_object(std::string_view key) const;
  /// One integer, or a list of them; empty when absent.
  std::vector<int64_t> integers(std::string_view key) const;

  /// These throw when the key is absent.
  int64_t integer(std::string_view key) const;
  double number(std::string_view key) const;
  std::string text(std::string_view key) const;

  [[noreturn]] void fail(std::string_view problem) const;

 private:
  [[noreturn]] void fail_type(std::string_view key, const Json& value, const char* expected) const;
  [[noreturn]] void fail_absent(std::string_view key) const;

  JsonFields(std::shared_ptr<const Json> root, const Json& object, std::string where);

  std::shared_ptr<const Json> root_;  // shared by the fields of the objects inside
  const Json* object_;
  std::string where_;
};

}  // namespace skipbench
