#pragma once

#include <string>
#include <vector>

#include "methods/interface/registry.h"

namespace skipbench {

/// Throws InputError that says what can stand behind what when `then` cannot stand behind `first`:
/// it decides which tokens run what, or something that `first` decides too.
void check_combinable(const MethodEntry& first, const MethodEntry& then);

/// The methods of the table that can stand behind `first`.
std::vector<std::string> methods_behind(const MethodEntry& first);
/// The methods of the table behind which `then` can stand.
std::vector<std::string> methods_before(const MethodEntry& then);

}  // namespace skipbench
