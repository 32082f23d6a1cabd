#pragma once

#include <span>
#include <string_view>

#include "methods/interface/method_entry.h"

namespace skipbench {

/// Every method, in the order in which they are listed to users.
std::span<const MethodEntry> all_methods();

/// A method, or a combination "first+then" (methods/interface/combined.h). Throws InputError with
/// the nearest name when there is none called so, and when the two cannot be combined.
MethodEntry find_method(std::string_view name);

}  // namespace skipbench
