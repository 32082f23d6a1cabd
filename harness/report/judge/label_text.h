#pragma once

#include <string>

namespace skipbench {

/// A method's label as part of a sentence: in quotes where it holds a comma, a semicolon or an
/// "and" that would read as the sentence's own.
std::string label_text(const std::string& label);

/// A figure's name in words: exact_match reads "exact match".
std::string readable(std::string name);

}  // namespace skipbench
