#pragma once

#include <vector>

#include "kernels/base/json.h"
#include "methods/interface/registry.h"

namespace skipbench {

/// A problem for each budget that a person wrote as a bare 1, which counts one token where the
/// whole prompt, 1.0, is likely meant; each says how to write either. A budget that may be 0 is a
/// step in tokens, whose 1 needs no asking. `given` may be any part of the method's parameters.
std::vector<ParameterProblem> bare_ones(const MethodEntry& method, const Json& given);

}  // namespace skipbench
