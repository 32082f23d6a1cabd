#include "harness/run/search_blocks.h"

#include <algorithm>

#include "harness/store/queries.h"
#include "kernels/base/json.h"

namespace skipbench {

SearchBlocks::SearchBlocks(const std::filesystem::path& database, const std::string& experiment) {
  for (const RunRecord& run : StoreReader(database).runs(experiment)) {
    const Json config = Json::parse(run.info.config_json, nullptr, /*allow_exceptions=*/false);
    if (!config.is_object()) continue;
    for (const Json& model : config.value("models", Json::array())) {
      const auto name = model.value("name", std::string());
      for (const Json& method : model.value("methods", Json::array())) {
        const auto block = method.value("block", int64_t{0});
        if (block == 0) continue;  // an ordinary label
        last_[name] = std::max(last_[name], block);
        const auto label = method.value("label", std::string());
        if (label != config.value("baseline", std::string())) blocks_[{name, label}] = block;
      }
    }
  }
}

int64_t SearchBlocks::of(const std::string& model, const std::string& label) {
  const auto [found, is_new] = blocks_.try_emplace({model, label}, 0);
  if (is_new) found->second = ++last_[model];
  return found->second;
}

std::vector<int64_t> SearchBlocks::known(const std::string& model) const {
  std::vector<int64_t> blocks;
  for (const auto& [setting, block] : blocks_) {
    if (setting.first == model) blocks.push_back(block);
  }
  return blocks;
}

}  // namespace skipbench
