#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "harness/store/database.h"
#include "harness/store/queries.h"
#include "harness/store/schema.h"
#include "harness/store/store.h"
#include "kernels/base/error.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/stored_rows.h"

namespace skipbench {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::string error_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const InputError& error) {
    return error.what();
  }
  return "no InputError";
}

std::string store_error(const std::filesystem::path& file) {
  return error_of([&file] { Store store(file); });
}

std::string read_error(const std::filesystem::path& file) {
  return error_of([&file] {
    StoreReader reader(file);
    for (const std::string& experiment : reader.experiments()) reader.cells(experiment);
  });
}

std::string contents(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

class BadDatabase : public ::testing::Test {
 protected:
  void write_text(const std::string& text) { std::ofstream(file_) << text; }
  void execute(const std::string& sql) { Database(file_, Database::Mode::kReadWrite).execute(sql); }
  /// A database of many pages.
  void fill() {
    Store store(file_);
    const PlannedCell cell = example_cell("full", 0);
    store.plan_cells(std::vector{cell});
    const int64_t run = store.begin_run(example_run());
    std::vector<SampleRow> rows;
    for (int i = 0; i < 200; ++i) {
      rows.push_back(example_row(cell, std::to_string(i)));
      rows.back().prediction = std::string(500, 'x');
    }
    store.write(run, rows);
    store.end_run(run, "done");
  }

  ScratchFolder folder_;
  const std::filesystem::path file_ = folder_ / "demo.db";
};

TEST_F(BadDatabase, ATextFileIsRefusedAndLeftAlone) {
  write_text("experiment: quickstart\nthis is not a database, but somebody's notes\n");
  const std::string before = contents(file_);
  EXPECT_THAT(store_error(file_), AllOf(HasSubstr("demo.db"), HasSubstr("not a SQLite database")));
  EXPECT_THAT(read_error(file_), AllOf(HasSubstr("demo.db"), HasSubstr("not a SQLite database")));
  EXPECT_EQ(contents(file_), before);
}

TEST_F(BadDatabase, AnotherProgramsTablesAreRefusedAndLeftAlone) {
  execute("CREATE TABLE bookmarks (url TEXT)");
  const std::string before = contents(file_);
  EXPECT_THAT(store_error(file_), HasSubstr("another program"));
  EXPECT_THAT(read_error(file_), HasSubstr("another program"));
  EXPECT_EQ(contents(file_), before);
  EXPECT_FALSE(std::filesystem::exists(file_.string() + "-wal"));
}

TEST_F(BadDatabase, AnotherProgramsApplicationIdIsRefused) {
  execute("PRAGMA application_id = 252006673");  // GeoPackage-like: a marked file without tables
  EXPECT_THAT(store_error(file_), HasSubstr("application id 252006673"));
}

TEST_F(BadDatabase, ANewerSchemaIsRefused) {
  { Store store(file_); }
  execute("PRAGMA user_version = 7");
  EXPECT_THAT(store_error(file_),
              AllOf(HasSubstr("schema version 7"),
                    HasSubstr(fmt::format("versions up to {}", kSchemaVersion))));
  EXPECT_THAT(read_error(file_), HasSubstr("schema version 7"));
}

TEST_F(BadDatabase, AnEmptyFileBecomesADatabaseButCannotBeReported) {
  write_text("");
  EXPECT_THAT(read_error(file_), HasSubstr("is empty"));
  EXPECT_EQ(store_error(file_), "no InputError");
  EXPECT_EQ(read_error(file_), "no InputError");
}

TEST_F(BadDatabase, AMissingFolderIsNamed) {
  EXPECT_THAT(store_error(folder_ / "nowhere/demo.db"),
              AllOf(HasSubstr("nowhere"), HasSubstr("does not exist")));
}

TEST_F(BadDatabase, AFolderIsNoDatabase) {
  EXPECT_THAT(store_error(folder_.path()), HasSubstr("is a directory"));
}

TEST_F(BadDatabase, AMissingFileCannotBeRead) {
  EXPECT_THAT(read_error(file_), AllOf(HasSubstr("demo.db"), HasSubstr("no such file")));
  EXPECT_FALSE(std::filesystem::exists(file_));
}

TEST_F(BadDatabase, ATruncatedFileIsCalledDamaged) {
  fill();
  std::filesystem::resize_file(file_, std::filesystem::file_size(file_) / 2);
  EXPECT_THAT(store_error(file_), HasSubstr("damaged"));
  EXPECT_THAT(read_error(file_), HasSubstr("damaged"));
}

TEST_F(BadDatabase, OverwrittenPagesAreFoundByTheCheck) {
  fill();
  EXPECT_THAT(StoreReader(file_).check_integrity(), IsEmpty());
  {
    std::fstream stream(file_, std::ios::binary | std::ios::in | std::ios::out);
    stream.seekp(static_cast<std::streamoff>(std::filesystem::file_size(file_) / 2));
    stream << std::string(20000, '\x7f');
  }
  StoreReader reader(file_);
  EXPECT_THAT(reader.check_integrity(), Not(IsEmpty()));
}

TEST_F(BadDatabase, OverwrittenPagesAreCalledDamagedBeforeAnythingIsWritten) {
  fill();
  std::string bytes = contents(file_);
  bytes.replace(bytes.size() / 2, 20000, 20000, '\x7f');
  write_text(bytes);
  EXPECT_THAT(store_error(file_),
              AllOf(HasSubstr("damaged; it was left as it is"), HasSubstr("--db"),
                    HasSubstr("sqlite3 DAMAGED .recover | sqlite3 SAVED")));
  EXPECT_TRUE(contents(file_) == bytes);
}

TEST_F(BadDatabase, TheProcessThatHoldsALockIsNamed) {
  fill();
  int channel[2];
  ASSERT_EQ(pipe(channel), 0);
  const pid_t holder = fork();
  if (holder == 0) {
    Store store(file_);  // in WAL mode
    Database database(file_, Database::Mode::kReadWrite);
    const Transaction transaction(database);
    [[maybe_unused]] const ssize_t sent = write(channel[1], "!", 1);
    pause();
  }
  char ready = 0;
  ASSERT_EQ(read(channel[0], &ready, 1), 1);
  Database database(file_, Database::Mode::kReadWrite);
  database.execute("PRAGMA busy_timeout = 50");
  EXPECT_THAT(error_of([&] { Transaction transaction(database); }),
              AllOf(HasSubstr("another process holds it locked: process " + std::to_string(holder)),
                    HasSubstr("store_tests"), HasSubstr("give the same command again")));
  kill(holder, SIGKILL);
  waitpid(holder, nullptr, 0);
}

/// What the store says to a user without rights; root may write everywhere.
std::string error_without_rights(const std::filesystem::path& file) {
  int channel[2];
  if (pipe(channel) != 0) return "no pipe";
  const pid_t child = fork();
  if (child == 0) {
    std::string said = "cannot give up root";
    if (geteuid() != 0 || seteuid(65534) == 0) said = store_error(file);
    [[maybe_unused]] const ssize_t sent = write(channel[1], said.data(), said.size());
    _exit(0);
  }
  close(channel[1]);
  std::string said(4096, '\0');
  const ssize_t size = read(channel[0], said.data(), said.size());
  close(channel[0]);
  waitpid(child, nullptr, 0);
  said.resize(static_cast<size_t>(std::max<ssize_t>(size, 0)));
  return said;
}

TEST_F(BadDatabase, AFolderWithoutWriteRightsIsAClearError) {
  std::filesystem::permissions(folder_.path(), std::filesystem::perms(0555));
  EXPECT_THAT(
      error_without_rights(file_),
      AllOf(HasSubstr("cannot be opened or created there: the folder " + folder_.path().string() +
                      ": Permission denied; put the database "
                      "where you may write")));
  EXPECT_FALSE(std::filesystem::exists(file_));
  std::filesystem::permissions(folder_.path(), std::filesystem::perms(0755));
}

TEST_F(BadDatabase, AFileThatMayNotBeReadIsAClearError) {
  fill();
  std::filesystem::permissions(folder_.path(), std::filesystem::perms(0755));
  std::filesystem::permissions(file_, std::filesystem::perms(0));
  EXPECT_THAT(error_without_rights(file_),
              HasSubstr("cannot be opened or created there: Permission denied; make it readable"));
}

TEST_F(BadDatabase, AFolderThatMayNotBeEnteredIsAClearError) {
  std::filesystem::permissions(folder_.path(), std::filesystem::perms(0));
  EXPECT_THAT(error_without_rights(file_), HasSubstr(": Permission denied; "));
  std::filesystem::permissions(folder_.path(), std::filesystem::perms(0755));
}

TEST_F(BadDatabase, AFileWithoutWriteRightsIsAClearErrorAndCanStillBeRead) {
  fill();
  std::filesystem::permissions(folder_.path(), std::filesystem::perms(0555));
  std::filesystem::permissions(file_, std::filesystem::perms(0444));
  EXPECT_THAT(error_without_rights(file_),
              HasSubstr("cannot be written: Permission denied; make it writable"));
  EXPECT_EQ(read_error(file_), "no InputError");
  std::filesystem::permissions(folder_.path(), std::filesystem::perms(0755));
}

}  // namespace
}  // namespace skipbench
