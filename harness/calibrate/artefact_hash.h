#pragma once

#include <string>
#include <string_view>

#include "harness/calibrate/artefact_cache.h"
#include "harness/checkpoint/checkpoint.h"
#include "methods/interface/method.h"

namespace skipbench {

/// Names what an artefact was made of: model, dtype, texts, the method's artefact key and the
/// sources that learn it. "" when the method needs none.
std::string artefact_hash(const Method& method, std::string_view method_name,
                          const CheckpointInfo& model, std::string_view dtype,
                          const CalibrationTexts& texts);

}  // namespace skipbench
