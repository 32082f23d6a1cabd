#pragma once

#include "methods/interface/method_entry.h"
#include "methods/spts_parameters.h"

namespace skipbench {

MethodEntry spts_method();

}  // namespace skipbench
