#pragma once

#include <optional>
#include <string>
#include <vector>

#include "harness/base/filled_lines.h"
#include "kernels/base/json.h"

namespace skipbench {

/// One line of a file of JSON objects. What is wrong with it is told with its place, "file:line".
class JsonRow {
 public:
  /// Throws InputError when the line is not a JSON object.
  JsonRow(const FileLine& line, const std::string& file);

  const Json& json() const { return json_; }

  // The value of a key. Each throws InputError when it is absent or of another type.
  std::string text(const char* key) const;
  std::vector<std::string> texts(const char* key) const;
  /// Empty when the key is absent or null.
  std::optional<double> number(const char* key) const;

  [[noreturn]] void fail(const std::string& what) const;

 private:
  const Json& value(const char* key) const;

  std::string place_;
  Json json_;
};

}  // namespace skipbench
