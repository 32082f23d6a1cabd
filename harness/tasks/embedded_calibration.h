#pragma once

#include <span>

#include "harness/base/embedded_text.h"

namespace skipbench {

/// calibration/*.txt, by file name.
std::span<const EmbeddedText> embedded_calibration();

}  // namespace skipbench
