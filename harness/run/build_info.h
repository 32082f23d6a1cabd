#pragma once

#include <string_view>

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

/// SHA-256 over names and contents of the sources that decide a row beside its method: the model
/// core (kernels/ but bench/), harness/checkpoint, harness/text, harness/tasks with the texts that
/// it embeds, and what of harness/run makes prompts, decodes and measures. Two rows with different
/// hashes may have been computed or scored differently.
std::string_view core_source_hash();

/// SHA-256 over the sources of one method: methods/<name>.{h,cpp} and <name>_*.{h,cpp} ('-' written
/// as '_'), and whatever of methods/ these include. A method without a file of its own name gets
/// the hash of all of methods/, which is never too old.
std::string_view method_source_hash(std::string_view method);

}  // namespace skipbench
