#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kernels/base/json.h"

namespace skipbench {

/// The token ids of a JSON list. Throws InputError naming `where`, and the entry's index, for
/// anything but integers in [0, vocabulary).
std::vector<int32_t> token_list(const Json& list, int64_t vocabulary, const std::string& where);

}  // namespace skipbench
