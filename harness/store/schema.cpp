#include "harness/store/schema.h"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <string>
#include <thread>

#include "harness/store/database.h"
#include "harness/store/schema_sql.h"
#include "harness/store/views_sql.h"
#include "kernels/base/error.h"

namespace skipbench {
namespace {

/// kMigrations[v] brings a file from version v to v + 1; an empty file is version 0.
constexpr std::array<const char*, kSchemaVersion> kMigrations{
    kSchemaVersion1, kSchemaVersion2, kSchemaVersion3, kSchemaVersion4, kSchemaVersion5,
    kSchemaVersion6, kSchemaVersion7, kSchemaVersion8, kSchemaVersion9, kSchemaVersion10};

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
  int64_t version = identify(database);
  database.execute(kDropViews);
  for (; version < kSchemaVersion; ++version) {
    database.execute(kMigrations[static_cast<size_t>(version)]);
  }
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
