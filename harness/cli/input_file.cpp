#include "harness/cli/input_file.h"

#include <fmt/format.h>

#include "harness/base/mapped_file.h"
#include "harness/base/parse_json.h"
#include "harness/text/token_list.h"
#include "kernels/base/error.h"
#include "kernels/base/json.h"

namespace skipbench {

std::string read_text_file(const std::filesystem::path& file) {
  return std::string(MappedFile(file).bytes());
}

std::vector<int32_t> read_token_file(const std::filesystem::path& file, int64_t vocabulary) {
  const Json list = parse_json(MappedFile(file).bytes(), file.string());
  const std::vector<int32_t> tokens = token_list(list, vocabulary, file.string());
  if (tokens.empty()) throw InputError(fmt::format("{}: holds no token ids", file.string()));
  return tokens;
}

Json parse_params(const std::string& text) {
  try {
    Json params = Json::parse(text);
    if (params.is_object()) return params;
  } catch (const Json::exception& error) {
    const JsonFault fault = json_fault(text, error);
    throw InputError(fmt::format(
        R"(--params is not JSON: column {} of {}: {} (expected an object like {{"budgets": [0.5]}}))",
        fault.column, text, fault.what));
  }
  throw InputError(
      fmt::format(R"(--params must be an object like {{"budgets": [0.5]}}, got {})", text));
}

}  // namespace skipbench
