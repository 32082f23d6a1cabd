#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>

namespace skipbench {

/// LongBench's own files that say how its tasks are put to a model: dataset2prompt.json and
/// dataset2maxlen.json.
class LongBenchConfig {
 public:
  /// Throws InputError naming the file.
  explicit LongBenchConfig(const std::filesystem::path& folder);

  // Of a task; each throws InputError when its file does not name it.
  const std::string& prompt(std::string_view task) const;
  int64_t max_new_tokens(std::string_view task) const;

 private:
  std::filesystem::path folder_;
  std::map<std::string, std::string, std::less<>> prompts_;
  std::map<std::string, int64_t, std::less<>> lengths_;
};

}  // namespace skipbench
