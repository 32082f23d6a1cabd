#pragma once

namespace skipbench {

/// Tells the allocator to keep large blocks that are freed, up to 1 GiB, for the next ones. By
/// default it hands them back, and a layer's activations are mapped anew, page by page, in every
/// layer: a tenth of a prefill on the CPU. Called once by a program, before it computes. Does
/// nothing without glibc.
void keep_freed_memory();

}  // namespace skipbench
