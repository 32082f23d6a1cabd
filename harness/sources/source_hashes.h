#pragma once

#include <span>
#include <string_view>

namespace skipbench {

/// A source with all that it includes, directly or not, and what implements that.
struct SourceHash {
  std::string_view path;  // from the project's root without its ending: "methods/spts"
  std::string_view hash;  // SHA-256, 64 hexadecimal digits
};

/// Hashes of sources by name, as hash_sources() makes them.
class SourceHashes {
 public:
  explicit SourceHashes(std::span<const SourceHash> sorted) : sorted_(sorted) {}

  /// The hash of the file that `path` names, else of the one named by its beginning, a word less
  /// each time ("metrics/retrieval_zh" is in "metrics/retrieval"), else of its whole folder. Throws
  /// ContractError when that has none either.
  std::string_view of(std::string_view path) const;

 private:
  std::span<const SourceHash> sorted_;  // by path
};

}  // namespace skipbench
