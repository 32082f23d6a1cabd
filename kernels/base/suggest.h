#pragma once

#include <span>
#include <string>
#include <string_view>

namespace skipbench {

/// The candidate nearest to `word` by edit distance, whatever the case, or "" when none is near
/// enough to be meant.
std::string nearest_name(std::string_view word, std::span<const std::string> candidates);

/// "; did you mean 'spts'?" or, when nothing is near, "; known: full, spts, ...";
/// "" without candidates.
std::string suggestion(std::string_view word, std::span<const std::string> candidates);

}  // namespace skipbench
