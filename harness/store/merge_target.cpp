#include "harness/store/merge_target.h"

#include <fmt/format.h>

#include <string>
#include <vector>

#include "harness/store/lock_holder.h"
#include "harness/store/schema.h"
#include "kernels/base/error.h"

namespace skipbench {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> tables(Database& database) {
  std::vector<std::string> names;
  Statement query(database,
                  "SELECT name FROM main.sqlite_schema "
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

}  // namespace

MergeTarget::MergeTarget(const fs::path& file) : file_(file) {
  const fs::path folder = fs::absolute(file).parent_path();
  if (!fs::exists(folder)) {
    throw InputError(fmt::format("database {}: the directory {} does not exist; make it first",
                                 file.string(), folder.string()));
  }
  if (fs::exists(file)) lock();
}

void MergeTarget::lock() {
  Database& database = database_.emplace(file_, Database::Mode::kReadWrite);
  prepare_for_writing(database);
  // Only the file's one user can leave WAL. What was only in the -wal file is in the file itself
  // then.
  leave_wal(database);
  database.execute("PRAGMA foreign_keys = OFF");  // while tables are replaced one by one
  transaction_.emplace(database);
  Statement mode(database, "PRAGMA journal_mode");
  mode.step();
  if (mode.text(0) != "delete") fail_in_use(file_);
}

void MergeTarget::take(const fs::path& merged) {
  if (!database_) {
    if (fs::exists(file_)) {
      throw InputError(fmt::format(
          "database {}: was made by another process meanwhile; merge again, and its rows are kept",
          file_.string()));
    }
    fs::rename(merged, file_);
    return;
  }
  Statement(*database_, "ATTACH ? AS merged").bind(merged.string()).run();
  for (const std::string& table : tables(*database_)) {
    database_->execute(
        fmt::format("DELETE FROM main.{0}; INSERT INTO main.{0} SELECT * FROM merged.{0}", table));
  }
  transaction_->commit();
}

}  // namespace skipbench
