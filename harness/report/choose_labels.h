#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/store/store.h"

namespace skipbench {

/// The labels that a word means, in the cells' order, each once: the label itself; else all labels
/// of the method of that name; else all that the glob (*, ?, [...]) fits. Throws InputError with
/// the nearest name when that is none; `where` begins the message.
std::vector<std::string> choose_labels(std::span<const PlannedCell> cells, const std::string& word,
                                       std::string_view where);

}  // namespace skipbench
