#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "kernels/base/error.h"
#include "methods/interface/method.h"

namespace skipbench {

/// The artefacts' folder cannot be written: ends a run rather than failing the method that came
/// across it.
class ArtefactFolderError : public InputError {
 public:
  using InputError::InputError;
};

/// Where the artefact of this hash is kept: in the cache folder's artefacts/.
std::filesystem::path artefact_file(const std::string& hash);

/// Throws ArtefactFolderError unless files can be made in the folder, which is made if need be.
void require_writable(const std::filesystem::path& folder);

/// Writes the tensors in safetensors' format with a SHA-256 of the data in its metadata. The file
/// appears whole or not at all (temporary file, then rename). Throws
/// ArtefactFolderError when the folder cannot be written.
void save_artefact(const Artefact& artefact, const std::filesystem::path& file);

/// What save_artefact() wrote; nothing when the file is missing, cut off or altered.
std::optional<Artefact> load_artefact(const std::filesystem::path& file);

}  // namespace skipbench
