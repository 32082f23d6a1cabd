#include "harness/store/merge/merge_target.h"

#include <fmt/format.h>

#include <string>
#include <system_error>
#include <vector>

#include "harness/store/lock_holder.h"
#include "harness/store/schema.h"
#include "kernels/base/error.h"

namespace skipbench {
namespace {

namespace fs = std::filesystem;

// Of the merged database; the file may have tables of its user's own beside them.
std::vector<std::string> merged_tables(Database& database) {
  std::vector<std::string> names;
  Statement query(database,
                  "SELECT name FROM merged.sqlite_schema "
                  "WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'");
  while (query.step()) names.push_back(query.text(0));
  return names;
}

[[noreturn]] void fail_in_use(const fs::path& file) {
  const std::string holder = lock_holder(file);
  throw InputError(fmt::format("database {}: is in use{}; merge into it when that has ended",
                               file.string(),
                               holder.empty() ? " by another process" : ": " + holder));
}

// SQLite would write what such a file holds over the database that gets its name.
void refuse_orphans(const fs::path& file) {
  for (const char* suffix : {"-wal", "-journal"}) {
    const std::string orphan = file.string() + suffix;
    if (!fs::exists(orphan)) continue;
    throw InputError(fmt::format(
        "database {}: does not exist, but {} is left of one of that name; bring that one back, or "
        "remove what is left of it",
        file.string(), orphan));
  }
}

// A file of that name that appeared meanwhile stays.
void move_to_free_name(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::create_hard_link(from, to, error);
  if (!error) return;
  if (fs::exists(to)) {
    throw InputError(fmt::format(
        "database {}: was made by another process meanwhile; merge again, and its rows are kept",
        to.string()));
  }
  fs::rename(from, to);  // a file system without links
}

}  // namespace

MergeTarget::MergeTarget(const fs::path& file) : file_(file) {
  require_directory_of(file);
  if (fs::exists(file)) {
    lock();
  } else {
    refuse_orphans(file);
  }
}

void MergeTarget::lock() {
  Database& database = database_.emplace(file_, Database::Mode::kReadWrite);
  prepare_for_writing(database);
  // Only the file's one user can leave WAL. What was only in the -wal file is in the file itself
  // then.
  leave_wal(database);
  // Tables are replaced one by one. Outside WAL only FULL is safe against a loss of power.
  database.execute("PRAGMA foreign_keys = OFF; PRAGMA synchronous = FULL");
  transaction_.emplace(database);
  Statement mode(database, "PRAGMA journal_mode");
  mode.step();
  if (mode.text(0) != "delete") fail_in_use(file_);
}

void MergeTarget::take(const fs::path& merged) {
  if (!database_) return move_to_free_name(merged, file_);
  Statement(*database_, "ATTACH ? AS merged").bind(merged.string()).run();
  // The same migrations made both: their columns stand in the same order.
  for (const std::string& table : merged_tables(*database_)) {
    database_->execute(
        fmt::format("DELETE FROM main.{0}; INSERT INTO main.{0} SELECT * FROM merged.{0}", table));
  }
  transaction_->commit();
}

}  // namespace skipbench
