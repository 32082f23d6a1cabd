#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace skipbench {

/// In which block of rounds each setting of a search is measured. A label keeps the block that an
/// earlier run of the experiment gave it, whatever is tried before it now: its rows are found
/// again.
class SearchBlocks {
 public:
  SearchBlocks(const std::filesystem::path& database, const std::string& experiment);

  int64_t of(const std::string& model, const std::string& label);
  /// All that earlier runs gave on the model.
  std::vector<int64_t> known(const std::string& model) const;

 private:
  std::map<std::pair<std::string, std::string>, int64_t> blocks_;  // by model and label
  std::map<std::string, int64_t> last_;                            // block of a model; 0: none
};

}  // namespace skipbench
