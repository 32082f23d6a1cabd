#include "harness/tasks/metrics/classification.h"

#include <algorithm>

namespace skipbench {

double classification(const ReplyAndGold& comparison) {
  const auto& [prediction, gold, classes] = comparison;
  std::vector<std::string_view> named;
  for (const std::string& name : classes) {
    if (prediction.find(name) != std::string_view::npos) named.push_back(name);
  }
  // The published scorer removes from the list that it walks over, so the class after a removed
  // one is never looked at: the index moves on here too.
  for (size_t i = 0; i < named.size(); ++i) {
    const std::string_view name = named[i];
    const bool part_of_gold = name != gold && gold.find(name) != std::string_view::npos;
    if (part_of_gold) named.erase(std::find(named.begin(), named.end(), name));
  }
  const bool right = std::find(named.begin(), named.end(), gold) != named.end();
  return right ? 1.0 / static_cast<double>(named.size()) : 0.0;
}

}  // namespace skipbench
