#pragma once

#include <string>
#include <vector>

#include "methods/interface/registry.h"

namespace skipbench {

/// Throws InputError that says what can follow what when `then` cannot follow `first`:
/// it decides which tokens run what, or something that `first` decides too.
void check_combinable(const MethodEntry& first, const MethodEntry& then);

/// The methods of the table that can follow `first`.
std::vector<std::string> methods_behind(const MethodEntry& first);
/// The methods of the table that `then` can follow.
std::vector<std::string> methods_before(const MethodEntry& then);

}  // namespace skipbench
