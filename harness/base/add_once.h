#pragma once

#include <algorithm>
#include <string>
#include <vector>

namespace skipbench {

/// Appends the value unless the list has it.
inline void add_once(std::vector<std::string>& list, const std::string& text) {
  if (std::find(list.begin(), list.end(), text) == list.end()) list.push_back(text);
}

}  // namespace skipbench
