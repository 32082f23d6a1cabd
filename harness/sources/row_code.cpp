#include "harness/sources/row_code.h"

#include <fmt/format.h>

#include "harness/base/sha256.h"

namespace skipbench {
namespace {

constexpr size_t kDigits = 12;

std::string file_in(std::string_view folder, std::string_view name) {
  return fmt::format("{}/{}", folder, name);
}

std::string checkpoint_file(std::string_view format, std::string_view side) {
  return fmt::format("{0}/{1}/{1}_{2}", kCheckpointFolder, format, side);
}

std::string short_hash_of(const std::string& hashes) {
  return sha256_hex(hashes).substr(0, kDigits);
}

std::string hashes_of_method(const SourceHashes& hashes, std::string_view method) {
  const size_t plus = method.find('+');
  std::string all(hashes.of(file_in(kMethodFolder, method.substr(0, plus))));
  if (plus == std::string_view::npos) return all;
  all += hashes.of(file_in(kMethodFolder, method.substr(plus + 1)));
  all += hashes.of(file_in(kMethodFolder, "interface/combined_entry"));
  return all;
}

}  // namespace

std::string core_code(const SourceHashes& hashes) {
  return short_hash_of(std::string(hashes.of(kMeasuring)));
}

std::string method_code(const SourceHashes& hashes, std::string_view method) {
  return short_hash_of(hashes_of_method(hashes, method));
}

std::string task_code(const SourceHashes& hashes, std::string_view task,
                      std::span<const std::string> metrics, std::string_view format) {
  std::string all(hashes.of(file_in(kTaskFolder, task)));
  for (const std::string& metric : metrics) all += hashes.of(file_in(kMetricFolder, metric));
  if (!metrics.empty()) {
    all += hashes.of(kPrompting);
    all += hashes.of(checkpoint_file(format, "text"));
  }
  return short_hash_of(all);
}

std::string reader_code(const SourceHashes& hashes, std::string_view format) {
  return short_hash_of(std::string(hashes.of(checkpoint_file(format, "checkpoint"))));
}

std::string calibration_code(const SourceHashes& hashes, std::string_view method,
                             std::string_view format) {
  return short_hash_of(std::string(hashes.of(kCalibrating)) + hashes_of_method(hashes, method) +
                       std::string(hashes.of(checkpoint_file(format, "checkpoint"))));
}

}  // namespace skipbench
