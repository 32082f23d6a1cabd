#pragma once

#include <filesystem>
#include <optional>

#include "harness/store/database.h"

namespace skipbench {

/// Where the result of a merge goes. A database that is there already is locked against writers
/// until the merged one takes its place, so that no row that a run stores meanwhile is lost.
class MergeTarget {
 public:
  /// Migrates a database of an older schema, as a run would. Throws InputError when its folder is
  /// missing, when it cannot be written, when another process uses it, and when there is none but
  /// the -wal file of one.
  explicit MergeTarget(const std::filesystem::path& file);

  /// Puts the rows of `merged`, a database of the newest schema outside WAL, in the place of the
  /// file's own, all or none. Throws InputError when a file that was missing was made meanwhile,
  /// and when another process reads the file for half a minute without end.
  void take(const std::filesystem::path& merged);

 private:
  void lock();

  std::filesystem::path file_;
  std::optional<Database> database_;  // empty: there was none
  std::optional<Transaction> transaction_;
};

}  // namespace skipbench
