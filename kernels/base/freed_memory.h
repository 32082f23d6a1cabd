#pragma once

namespace skipbench {

/// Tells the allocator to keep freed blocks of up to 32 MiB for the next ones. By default it gives
/// them back to the system, more or less often by where they lie, and each layer maps its
/// activations anew, page by page. Larger ones, a large model's weights among them, still go back
/// at once. Called once by a program, before it computes. Does nothing without glibc.
void keep_freed_memory();

}  // namespace skipbench
