#pragma once

#include <cstdint>
#include <filesystem>
#include <span>

namespace skipbench {

/// What a merge found.
struct MergeCounts {
  int64_t databases = 0;
  int64_t rows = 0;        // in the result
  int64_t duplicates = 0;  // rows that were there before with the same content
};

/// Merges databases into `out`, which takes part when it exists. The order in which they are given
/// does not matter: they are taken by the start of their first run, then by content. A row that
/// several hold with the same content is kept once. The result is written beside `out` and takes
/// its place at the end, so that a failure changes no row; MergeTarget says how an `out` that
/// exists is kept for this process meanwhile. Where plans of one experiment differ, the later one's
/// cells decide. Throws InputError when two databases have the same row with different content (the
/// rows are named), and for files that cannot be read.
MergeCounts merge_databases(const std::filesystem::path& out,
                            std::span<const std::filesystem::path> databases);

}  // namespace skipbench
