#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/store/store.h"

namespace skipbench {

/// The labels that a word means, in the cells' order, each once: the label itself; else all labels
/// of the method of that name; else all that the glob (*, ?, [...]) fits.
std::vector<std::string> find_labels(std::span<const PlannedCell> cells, const std::string& word);

/// The same; throws InputError with the nearest name when there is none. `where` begins the
/// message.
std::vector<std::string> choose_labels(std::span<const PlannedCell> cells, const std::string& word,
                                       std::string_view where);

}  // namespace skipbench
