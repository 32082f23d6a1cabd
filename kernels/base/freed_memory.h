#pragma once

namespace skipbench {

/// Tells the allocator to keep blocks of up to 32 MiB that are freed for the next ones. By default
/// it hands them back, how often depends on where they lie, and layers map their activations anew,
/// page by page. Larger ones, a large model's weights among them, still go back at once. Called
/// once by a program, before it computes. Does nothing without glibc.
void keep_freed_memory();

}  // namespace skipbench
