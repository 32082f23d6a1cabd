#pragma once

#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/sources/source_hashes.h"

namespace skipbench {

/// Sources of a checkout: path from its root -> content.
using SourceFiles = std::map<std::string, std::string>;

/// A folder of texts that the build puts into the program as the implementation of a header
/// (skipbench_embed_texts() in base/embed_texts.cmake).
struct EmbeddedFolder {
  std::string header;  // without its ending: "harness/tasks/embedded_articles"
  std::string folder;  // "harness/tasks/articles"
};
/// From "HEADER=FOLDER".
EmbeddedFolder embedded_folder_of(std::string_view text);

/// The .h, .cpp, .cu and .cuh files of kernels/, methods/ and harness/, and the embedded texts.
SourceFiles read_sources(const std::filesystem::path& root, std::span<const EmbeddedFolder> texts);

/// The hashes of what rows may come from (row_code.h): of each file its closure, and of each folder
/// all of them.
///
/// A closure is a file, what it includes, for each header the file of the same name that implements
/// it, and so on: names and contents, without comments and layout. What a header declares and a
/// file of another name implements ends the way. So nobody depends on the tables (registry.cpp),
/// which implement what others declare, nor on what they list.
class SourceTable {
 public:
  SourceTable(const SourceFiles& files, std::span<const EmbeddedFolder> texts);

  SourceTable(const SourceTable&) = delete;
  SourceTable& operator=(const SourceTable&) = delete;

  SourceHashes hashes() const { return SourceHashes(view_); }
  std::span<const SourceHash> rows() const { return view_; }

 private:
  std::map<std::string, std::string> hashes_;
  std::vector<SourceHash> view_;  // of hashes_
};

}  // namespace skipbench
