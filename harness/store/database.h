#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>

struct sqlite3;
struct sqlite3_stmt;

namespace skipbench {

class Database;

/// How long a connection waits for another process's lock.
inline constexpr int kBusyTimeoutMs = 30'000;

/// Throws InputError when the directory that the database file lies in does not exist.
void require_directory_of(const std::filesystem::path& file);

/// A prepared statement. Parameters and columns are counted as in SQLite: parameters from 1,
/// columns from 0. Bound text is copied; NaN and an empty optional are bound as NULL.
class Statement {
 public:
  Statement(Database& database, std::string_view sql);
  ~Statement();
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&&) = delete;

  /// Starts afresh with the values as parameters 1, 2, ...
  template <class... Values>
  Statement& bind(const Values&... values) {
    reset();
    int index = 0;
    (bind_one(++index, values), ...);
    return *this;
  }
  /// Sets one parameter; the others stay.
  void bind_one(int index, int64_t value);
  void bind_one(int index, int value) { bind_one(index, static_cast<int64_t>(value)); }
  void bind_one(int index, bool value) { bind_one(index, static_cast<int64_t>(value)); }
  void bind_one(int index, uint64_t value) { bind_one(index, static_cast<int64_t>(value)); }
  void bind_one(int index, double value);
  void bind_one(int index, std::string_view value);
  void bind_one(int index, const std::string& value) { bind_one(index, std::string_view(value)); }
  void bind_one(int index, const char* value) { bind_one(index, std::string_view(value)); }
  void bind_one(int index, std::nullopt_t);
  template <class Value>
  void bind_one(int index, const std::optional<Value>& value) {
    value ? bind_one(index, *value) : bind_one(index, std::nullopt);
  }

  /// Goes to the next row; false when there is none, and the statement can be bound again.
  bool step();
  /// Steps to the end, for statements without rows.
  void run();
  void reset();
  /// The first column of the first row, empty without rows; then it can be bound again.
  std::optional<int64_t> first_integer();
  /// Whether it stands at a row: stepped, and neither at its end nor reset.
  bool busy() const;

  int64_t integer(int column) const;
  double real(int column) const;  // NaN for NULL
  std::string text(int column) const;
  bool is_null(int column) const;
  /// The columns from `first` on, into values of these types or optionals of them.
  template <class... Values>
  void read(int first, Values&... values) const {
    (read_one(first++, values), ...);
  }

 private:
  void read_one(int column, std::string& value) const { value = text(column); }
  template <class Number>
  void read_one(int column, Number& value) const {
    value = std::is_floating_point_v<Number> ? static_cast<Number>(real(column))
                                             : static_cast<Number>(integer(column));
  }
  template <class Value>
  void read_one(int column, std::optional<Value>& value) const {
    is_null(column) ? value.reset() : read_one(column, value.emplace());
  }

  Database* database_;
  sqlite3_stmt* statement_ = nullptr;
};

/// One connection to a SQLite file. Every failure names the file and says what SQLite said:
/// InputError where the file or its surroundings are at fault (damaged, locked, disk full, not
/// writable), ContractError where our SQL is.
class Database {
 public:
  enum class Mode { kReadOnly, kReadWrite };

  /// kReadWrite creates a missing file. Nothing is read or written yet.
  Database(const std::filesystem::path& file, Mode mode);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  /// Goes on with a copy of the file in memory, where it can be changed without changing the file.
  void continue_in_memory();

  /// Throws InputError when pages are damaged. Reads the whole file.
  void check();

  /// Runs a script of statements without parameters.
  void execute(const std::string& script);
  /// The same, but false when another process's lock stood in the way.
  bool try_execute(const std::string& script);
  /// A prepared statement that is kept for the next call with the same text. One that was stepped
  /// and stands at a row is left alone: a loop whose body asks for its text again gets a second
  /// one.
  Statement& statement(std::string_view sql);
  /// The first column of the first row, 0 without rows.
  int64_t integer(std::string_view sql);

  int64_t last_insert_id() const;
  int64_t changes() const;  // rows that the last statement wrote
  const std::filesystem::path& file() const { return file_; }

  /// Throws the error that fits SQLite's result code. `doing` completes "cannot ... ".
  [[noreturn]] void fail(int code, std::string_view doing) const;

 private:
  friend class Statement;
  void open(const std::string& name, int flags);

  std::filesystem::path file_;
  sqlite3* handle_ = nullptr;
  std::unordered_multimap<std::string, Statement> statements_;  // several while some are busy
};

/// A write transaction: rolled back unless committed.
class Transaction {
 public:
  explicit Transaction(Database& database);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit();

 private:
  Database& database_;
  bool open_ = true;
};

}  // namespace skipbench
