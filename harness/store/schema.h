#pragma once

namespace skipbench {

class Database;

/// "SkBp", written into every database's header, so that other programs' files are recognised.
inline constexpr int kApplicationId = 0x536B4270;
/// PRAGMA user_version of the files that this program writes.
extern const int kSchemaVersion;

/// Whether opening reads all pages to find damaged ones: a row on a damaged page would be missed,
/// or measured twice.
enum class PageCheck { kAll, kNone };

/// Makes an empty file a SkipBench database, or migrates an older one; then prepares the connection
/// for writing (WAL, foreign keys). Throws InputError, and leaves the file untouched, when it
/// belongs to another program, has a newer schema or is damaged.
void prepare_for_writing(Database& database, PageCheck check = PageCheck::kAll);

/// Brings everything into the one file, so that it can be copied, committed and read anywhere.
void leave_wal(Database& database);

/// Throws InputError unless the file is a SkipBench database that holds something. One of an older
/// schema is copied into memory and migrated there; the file stays as it is.
void prepare_for_reading(Database& database);

}  // namespace skipbench
