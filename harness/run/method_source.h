#pragma once

#include <string>
#include <string_view>

namespace skipbench {

/// method_source_hash() of a method as find_method() takes it; of a combination a hash over those
/// of its methods and of what combines them.
std::string source_hash_of(std::string_view method);

}  // namespace skipbench
