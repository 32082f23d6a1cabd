#include "harness/store/database.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <utility>

#include "harness/store/access_problem.h"
#include "harness/store/lock_holder.h"
#include "kernels/base/error.h"

namespace skipbench {
namespace {

/// What a person can do about a result code; empty when the code is our own fault.
std::string_view explanation(int code) {
  switch (code & 0xff) {
    case SQLITE_NOTADB:
      return "it is not a SQLite database";
    case SQLITE_CORRUPT:
      return "the file is damaged; it was left as it is. Measure into another file (--db); what "
             "can still be read is saved by: sqlite3 DAMAGED .recover | sqlite3 SAVED";
    case SQLITE_CANTOPEN:
      return "the file cannot be opened or created there";
    case SQLITE_READONLY:
      return "the file or its directory cannot be written";
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return "permission denied";
    case SQLITE_FULL:
      return "the disk is full; what was committed before is intact";
    case SQLITE_IOERR:
      return "reading or writing the disk failed";
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return "another process holds it locked";
    default:
      return {};
  }
}

bool is_locked(int code) {
  return (code & 0xff) == SQLITE_BUSY || (code & 0xff) == SQLITE_LOCKED;
}

// The system did not let us have the file.
bool is_refused(int code) {
  switch (code & 0xff) {
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return true;
    default:
      return false;
  }
}

/// ": process 4711 (...)", and what to do.
std::string held_by(const std::filesystem::path& file) {
  const std::string holder = lock_holder(file);
  return fmt::format("{}{}; end that and give the same command again", holder.empty() ? "" : ": ",
                     holder);
}

/// "file:..." for SQLite, with the characters escaped that mean something in a URI.
std::string as_uri(const std::filesystem::path& file) {
  std::string uri = "file:";
  for (const char c : std::filesystem::absolute(file).string()) {
    if (c == '?' || c == '#' || c == '%') {
      uri += fmt::format("%{:02x}", static_cast<unsigned char>(c));
    } else {
      uri += c;
    }
  }
  return uri;
}

}  // namespace

void require_directory_of(const std::filesystem::path& file) {
  const auto directory = std::filesystem::absolute(file).parent_path();
  if (std::error_code error; !std::filesystem::exists(directory, error) && !error) {
    throw InputError(fmt::format("database {}: the directory {} does not exist; make it first",
                                 file.string(), directory.string()));
  }
}

Database::Database(const std::filesystem::path& file, Mode mode) : file_(file) {
  std::error_code ignored;
  if (std::filesystem::is_directory(file, ignored)) {
    throw InputError(
        fmt::format("database {}: is a directory; a file was expected", file.string()));
  }
  if (mode == Mode::kReadWrite) {
    require_directory_of(file);
    open(as_uri(file), SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
    // SQLite quietly falls back to reading where it may not write.
    if (sqlite3_db_readonly(handle_, "main") == 1) {
      sqlite3_close(std::exchange(handle_, nullptr));
      throw InputError(fmt::format("database {}: the file cannot be written{}", file.string(),
                                   access_problem(file)));
    }
    return;
  }
  if (std::error_code error; !std::filesystem::exists(file, error) && !error) {
    throw InputError(fmt::format("database {}: there is no such file", file.string()));
  }
  open(as_uri(file), SQLITE_OPEN_READONLY);
  // A database in WAL mode wants two more files beside it. Where they are absent and cannot be
  // made (a read-only folder), nobody writes, and the file can be read as it stands.
  const int readable =
      sqlite3_exec(handle_, "SELECT 1 FROM sqlite_master", nullptr, nullptr, nullptr);
  if ((readable & 0xff) == SQLITE_CANTOPEN && !std::filesystem::exists(file.string() + "-wal")) {
    sqlite3_close(std::exchange(handle_, nullptr));
    open(as_uri(file) + "?immutable=1", SQLITE_OPEN_READONLY);
  }
}

void Database::open(const std::string& name, int flags) {
  const int code = sqlite3_open_v2(name.c_str(), &handle_, flags | SQLITE_OPEN_URI, nullptr);
  if (code == SQLITE_OK) {
    sqlite3_extended_result_codes(handle_, 1);
    sqlite3_busy_timeout(handle_, kBusyTimeoutMs);
    return;
  }
  try {
    fail(code, "open it");
  } catch (...) {
    sqlite3_close(std::exchange(handle_, nullptr));
    throw;
  }
}

Database::~Database() {
  statements_.clear();
  sqlite3_close(handle_);
}

void Database::continue_in_memory() {
  statements_.clear();
  sqlite3* file = std::exchange(handle_, nullptr);
  const std::unique_ptr<sqlite3, int (*)(sqlite3*)> closes(file, sqlite3_close);
  open(":memory:", SQLITE_OPEN_READWRITE);
  sqlite3_backup* copy = sqlite3_backup_init(handle_, "main", file, "main");
  if (copy) sqlite3_backup_step(copy, -1);
  const int code = copy ? sqlite3_backup_finish(copy) : sqlite3_errcode(handle_);
  if (code != SQLITE_OK) fail(code, "copy it into memory");
}

void Database::execute(const std::string& script) {
  const int code = sqlite3_exec(handle_, script.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) fail(code, script);
}

bool Database::try_execute(const std::string& script) {
  const int code = sqlite3_exec(handle_, script.c_str(), nullptr, nullptr, nullptr);
  if (is_locked(code)) return false;
  if (code != SQLITE_OK) fail(code, script);
  return true;
}

Statement& Database::statement(std::string_view sql) {
  std::string key(sql);
  const auto [begin, end] = statements_.equal_range(key);
  const auto free = std::find_if(begin, end, [](const auto& kept) { return !kept.second.busy(); });
  if (free != end) return free->second;
  return statements_.emplace(std::move(key), Statement(*this, sql))->second;
}

void Database::check() {
  Statement query(*this, "PRAGMA quick_check(1)");
  const std::string problem = query.step() ? query.text(0) : "";
  if (problem == "ok") return;
  throw InputError(fmt::format("database {}: {} (SQLite: {})", file_.string(),
                               explanation(SQLITE_CORRUPT), problem));
}

int64_t Database::integer(std::string_view sql) {
  return Statement(*this, sql).first_integer().value_or(0);
}

int64_t Database::last_insert_id() const {
  return sqlite3_last_insert_rowid(handle_);
}

int64_t Database::changes() const {
  return sqlite3_changes64(handle_);
}

void Database::fail(int code, std::string_view doing) const {
  const std::string said = handle_ ? sqlite3_errmsg(handle_) : sqlite3_errstr(code);
  const std::string_view why = explanation(code);
  if (!why.empty()) {
    const std::string details = is_locked(code)    ? held_by(file_)
                                : is_refused(code) ? access_problem(file_)
                                                   : "";
    throw InputError(
        fmt::format("database {}: {}{} (SQLite: {})", file_.string(), why, details, said));
  }
  throw ContractError(fmt::format("database {}: cannot {}: {}", file_.string(), doing, said));
}

Statement::Statement(Database& database, std::string_view sql) : database_(&database) {
  const int code = sqlite3_prepare_v3(database.handle_, sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement_, nullptr);
  if (code != SQLITE_OK) database.fail(code, sql);
}

Statement::~Statement() {
  sqlite3_finalize(statement_);
}

Statement::Statement(Statement&& other) noexcept
    : database_(other.database_), statement_(std::exchange(other.statement_, nullptr)) {}

void Statement::bind_one(int index, int64_t value) {
  const int code = sqlite3_bind_int64(statement_, index, value);
  if (code != SQLITE_OK) database_->fail(code, sqlite3_sql(statement_));
}

void Statement::bind_one(int index, double value) {
  // SQLite itself turns NaN into NULL.
  const int code = sqlite3_bind_double(statement_, index, value);
  if (code != SQLITE_OK) database_->fail(code, sqlite3_sql(statement_));
}

void Statement::bind_one(int index, std::string_view value) {
  // An empty view may have a null pointer, which SQLite would take for NULL.
  const char* data = value.empty() ? "" : value.data();
  const int code =
      sqlite3_bind_text64(statement_, index, data, value.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  if (code != SQLITE_OK) database_->fail(code, sqlite3_sql(statement_));
}

void Statement::bind_one(int index, std::nullopt_t) {
  const int code = sqlite3_bind_null(statement_, index);
  if (code != SQLITE_OK) database_->fail(code, sqlite3_sql(statement_));
}

bool Statement::step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) {
    sqlite3_reset(statement_);
    return false;
  }
  try {
    database_->fail(code, sqlite3_sql(statement_));
  } catch (...) {
    sqlite3_reset(statement_);
    throw;
  }
}

void Statement::run() {
  while (step()) {
  }
}

void Statement::reset() {
  sqlite3_reset(statement_);
}

std::optional<int64_t> Statement::first_integer() {
  const auto value = step() ? std::optional(integer(0)) : std::nullopt;
  reset();
  return value;
}

bool Statement::busy() const {
  return sqlite3_stmt_busy(statement_) != 0;
}

int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_, column);
}

double Statement::real(int column) const {
  return is_null(column) ? std::numeric_limits<double>::quiet_NaN()
                         : sqlite3_column_double(statement_, column);
}

std::string Statement::text(int column) const {
  const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  return data ? std::string(data, static_cast<size_t>(sqlite3_column_bytes(statement_, column)))
              : std::string();
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

Transaction::Transaction(Database& database) : database_(database) {
  // IMMEDIATE: waits for other writers here, not in the middle.
  database_.statement("BEGIN IMMEDIATE").run();
}

Transaction::~Transaction() {
  if (!open_) return;
  try {
    database_.statement("ROLLBACK").run();
  } catch (const std::exception&) {
    // SQLite has already rolled back, as it does when the disk is full.
  }
}

void Transaction::commit() {
  database_.statement("COMMIT").run();
  open_ = false;
}

}  // namespace skipbench
