#pragma once

#include <string_view>

namespace skipbench {

/// difflib.SequenceMatcher(None, a, b).ratio() of Python 3: 2M / (|a| + |b|), where M is the length
/// of the longest matching block, and of those to its left and right, and so on (Ratcliff and
/// Obershelp). With its default `autojunk`: in a `b` of 200 or more, elements that make up more
/// than 1% start no match. Two empty texts have ratio 1.
double sequence_matcher_ratio(std::u32string_view a, std::u32string_view b);

}  // namespace skipbench
