#pragma once

#include <string_view>

#include "harness/sources/source_hashes.h"

namespace skipbench {

/// What this program was built from. Commit, dirty flag and source hashes are read again at every
/// build (cmake/BuildInfo.cmake); no Torch is needed to ask.

/// The commit's 40 hexadecimal digits, or "unknown" outside a git checkout (a release archive).
std::string_view git_commit();

/// True when the files that the program is built from differ from that commit.
bool git_dirty();

/// The project's version, for example "0.1.0".
std::string_view version();

/// Build type, compiler and flags in one line.
std::string_view build_flags();

/// Version of the LibTorch that was configured, for example "2.11.0+cu130"; empty without engine.
std::string_view torch_version();

/// Version of the CUDA toolkit that was configured; empty for a CPU build.
std::string_view cuda_version();

/// Hashes of the sources that rows come from.
const SourceHashes& source_hashes();

}  // namespace skipbench
