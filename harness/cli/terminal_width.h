#pragma once

#include <cstddef>

namespace skipbench {

/// The terminal's columns; 0, which is "any number", when the output goes elsewhere.
size_t terminal_width();

}  // namespace skipbench
