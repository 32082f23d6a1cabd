#include "harness/base/json_file.h"

#include <fmt/format.h>

#include "harness/base/mapped_file.h"
#include "harness/base/parse_json.h"
#include "kernels/base/error.h"

namespace skipbench {
namespace {

constexpr int kDeepest = 32;
constexpr size_t kMostValues = 16'000'000;  // a vocabulary of 256k tokens and merges has 1 million

}  // namespace

Json read_json_file(const std::filesystem::path& file, size_t most_bytes) {
  const MappedFile mapped(file);
  const auto fail = [&](std::string_view problem) {
    throw InputError(fmt::format("{}: {}", file.string(), problem));
  };
  if (mapped.bytes().size() > most_bytes) {
    fail(
        fmt::format("it is {} bytes long, expected at most {}", mapped.bytes().size(), most_bytes));
  }
  size_t values = 0;
  const auto within_bounds = [&](int depth, Json::parse_event_t, Json&) {
    if (depth > kDeepest) fail(fmt::format("it nests deeper than {} levels", kDeepest));
    if (++values > kMostValues) fail(fmt::format("it has more than {} values", kMostValues));
    return true;
  };
  try {
    return Json::parse(mapped.bytes(), within_bounds);
  } catch (const Json::exception& error) {
    throw not_json(mapped.bytes(), error, file.string());
  }
}

}  // namespace skipbench
