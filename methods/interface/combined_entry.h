#pragma once

#include "methods/interface/method_entry.h"

namespace skipbench {

/// Two methods on one prompt: `first` decides its way through the layers, `then` which keys
/// attention computes where all living tokens attend, or what concerns decoding (an experiment's
/// `then:`). Its name is "first+then"; its parameters are those of `first` and, as the parameter
/// "then", an object with those of the other. Whether they fit each other: check_combinable().
MethodEntry combined_method(const MethodEntry& first, const MethodEntry& then);

}  // namespace skipbench
