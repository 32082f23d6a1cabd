#include "harness/store/schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "harness/store/database.h"
#include "harness/store/row_sql.h"
#include "harness/store/schema_sql.h"
#include "harness/store/summary_table.h"
#include "harness/store/views_sql.h"
#include "kernels/base/error.h"

namespace skipbench {

/// The last version that added more than columns of rows.
constexpr int kLastOtherChange = 10;
const int kSchemaVersion = std::max(kLastOtherChange, kNewestColumn);

namespace {

constexpr std::array kScripts{kSchemaVersion1, kSchemaVersion2, kSchemaVersion3,
                              kSchemaVersion4, kSchemaVersion5, kSchemaVersion6,
                              kSchemaVersion7, kSchemaVersion8, kSchemaVersion9};

std::vector<ColumnDefinition> definitions() {
  std::vector<ColumnDefinition> all = row_definitions(), summary = summary_definitions();
  all.insert(all.end(), summary.begin(), summary.end());
  return all;
}

std::string first_columns(std::string_view table) {
  std::string list;
  for (const auto& [of, name, type, since] : definitions()) {
    if (of == table && since == 1) list += fmt::format(",\n  {} {}", name, type);
  }
  return list;
}

std::string migration_to(int version) {
  std::string sql;
  for (const auto& [table, name, type, since] : definitions()) {
    if (since != version || version == 1) continue;
    sql += fmt::format("ALTER TABLE {} ADD COLUMN {} {};\n", table, name, type);
  }
  if (version > static_cast<int>(kScripts.size())) return sql;
  const char* script = kScripts[static_cast<size_t>(version - 1)];
  if (version > 1) return sql + script;
  return fmt::format(fmt::runtime(script), fmt::arg("sample_columns", first_columns("sample_row")),
                     fmt::arg("timing_columns", first_columns("timing_row")),
                     fmt::arg("summary_columns", first_columns("cell_summary")));
}

/// What a file says of itself.
struct Identity {
  int64_t application, version;
  bool empty;
};

/// One snapshot: between two separate reads another process could fill a new file.
Identity read_identity(Database& database) {
  database.execute("SAVEPOINT identity");  // also inside a transaction
  const Identity identity{.application = database.integer("PRAGMA application_id"),
                          .version = database.integer("PRAGMA user_version"),
                          .empty = database.integer("SELECT count(*) FROM sqlite_master") == 0};
  database.execute("RELEASE identity");
  return identity;
}

/// The file's schema version, 0 for an empty file.
int64_t identify(Database& database) {
  const auto [application, version, empty] = read_identity(database);
  if (application == kApplicationId) {
    if (version <= kSchemaVersion) return version;
    throw InputError(fmt::format(
        "database {}: has schema version {}, and this program knows versions up to {}; use the "
        "newer skipbench that wrote it",
        database.file().string(), version, kSchemaVersion));
  }
  if (application == 0 && version == 0 && empty) return 0;
  throw InputError(fmt::format(
      "database {}: is a SQLite database of another program (application id {}); it was left as it "
      "is. Give the name of a new file or of a SkipBench database",
      database.file().string(), application));
}

/// The change to WAL needs the file for itself for a moment and does not wait on its own.
void enter_wal(Database& database) {
  constexpr auto kPatience = std::chrono::seconds(30);
  const auto give_up = std::chrono::steady_clock::now() + kPatience;
  while (std::chrono::steady_clock::now() < give_up) {
    if (database.try_execute("PRAGMA journal_mode = WAL")) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  database.execute("PRAGMA journal_mode = WAL");  // says who holds it
}

void migrate(Database& database) {
  Transaction transaction(database);
  // Again, now that the file is locked: another process may have been faster.
  auto version = static_cast<int>(identify(database));
  database.execute(kDropViews);
  while (version < kSchemaVersion) database.execute(migration_to(++version));
  database.execute(views_sql());
  database.execute(fmt::format("PRAGMA application_id = {}", kApplicationId));
  database.execute(fmt::format("PRAGMA user_version = {}", kSchemaVersion));
  transaction.commit();
}

}  // namespace

void prepare_for_writing(Database& database, PageCheck check) {
  // Nothing is written before the file is known to be ours and whole.
  const int64_t version = identify(database);
  if (check == PageCheck::kAll) database.check();
  // After a kill -9, WAL in NORMAL mode keeps every committed transaction; a power cut may take
  // the last ones but never damages the file (sqlite.org/wal.html).
  database.execute("PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON");
  enter_wal(database);
  if (version < kSchemaVersion) migrate(database);
}

void leave_wal(Database& database) {
  // Not while another process is at it: then the rows stay in the database and its -wal file until
  // that one has finished.
  database.execute("PRAGMA busy_timeout = 0");
  if (!database.try_execute("PRAGMA journal_mode = DELETE")) {
    database.try_execute("PRAGMA wal_checkpoint(TRUNCATE)");
  }
  database.execute(fmt::format("PRAGMA busy_timeout = {}", kBusyTimeoutMs));
}

void prepare_for_reading(Database& database) {
  const int64_t version = identify(database);
  if (version == kSchemaVersion) return;
  if (version == 0) {
    throw InputError(
        fmt::format("database {}: is empty; 'skipbench run' fills it", database.file().string()));
  }
  database.continue_in_memory();
  migrate(database);
}

}  // namespace skipbench
