#pragma once

#include <span>

#include "harness/base/embedded_text.h"

namespace skipbench {

/// articles/*.txt, by file name.
std::span<const EmbeddedText> embedded_articles();

}  // namespace skipbench
