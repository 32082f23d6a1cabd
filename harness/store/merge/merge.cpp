#include "harness/store/merge/merge.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>
#include <tuple>
#include <vector>

#include "harness/base/sha256.h"
#include "harness/store/database.h"
#include "harness/store/merge/merge_sql.h"
#include "harness/store/merge/merge_target.h"
#include "harness/store/queries.h"
#include "harness/store/round_blocks.h"
#include "harness/store/schema.h"
#include "harness/store/store.h"
#include "kernels/base/error.h"

namespace skipbench {
namespace {

namespace fs = std::filesystem;

/// A folder beside the result, removed with what is in it.
class WorkFolder {
 public:
  explicit WorkFolder(const fs::path& out) : path_(out.string() + ".merging") {
    std::error_code error;
    fs::remove_all(path_, error);
    if (!fs::create_directories(path_, error)) {
      throw InputError(
          fmt::format("cannot make the folder {}: {}", path_.string(), error.message()));
    }
  }
  ~WorkFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;

  fs::path operator/(const std::string& name) const { return path_ / name; }

 private:
  fs::path path_;
};

/// A database to be merged, as a copy of the newest schema outside WAL.
struct Shard {
  fs::path original, copy;
  std::string first_start, first_token, content;  // what decides the order

  auto order() const { return std::tie(first_start, first_token, content); }
};

std::string text_of(Database& database, std::string_view sql) {
  Statement query(database, sql);
  return query.step() ? query.text(0) : "";
}

void require_present(const fs::path& file) {
  if (!fs::exists(file)) {
    throw InputError(fmt::format("database {}: does not exist", file.string()));
  }
}

Shard prepare_shard(const fs::path& file, const fs::path& copy) {
  Database database(file, Database::Mode::kReadOnly);
  prepare_for_reading(database);
  Statement(database, "VACUUM INTO ?").bind(copy.string()).run();
  return {file, copy, text_of(database, "SELECT min(started_at) FROM run"),
          text_of(database, "SELECT min(token) FROM run"), sha256_file_hex(copy)};
}

/// All databases, in an order that does not depend on the one they were given in.
std::vector<Shard> prepare_shards(const fs::path& out, std::span<const fs::path> databases,
                                  const WorkFolder& folder) {
  std::vector<fs::path> files(databases.begin(), databases.end());
  if (fs::exists(out)) files.push_back(out);
  std::vector<Shard> shards;
  for (const fs::path& file : files) {
    shards.push_back(prepare_shard(file, folder / fmt::format("{}.db", shards.size())));
  }
  std::stable_sort(shards.begin(), shards.end(),
                   [](const Shard& a, const Shard& b) { return a.order() < b.order(); });
  return shards;
}

void refuse_conflicts(Database& database, const Shard& shard) {
  constexpr size_t kShown = 5;
  std::vector<std::string> rows;
  size_t count = 0;
  Statement query(database, conflicts_sql());
  while (query.step()) {
    if (++count > kShown) continue;
    rows.push_back(fmt::format("{}, {}, '{}' on {} {}, sample {}, round {}", query.text(0),
                               query.text(1), query.text(2), query.text(3), query.text(4),
                               query.text(5), query.integer(6)));
  }
  if (count == 0) return;
  throw InputError(fmt::format(
      "database {}: has {} row{} that another database holds with different content; nothing was "
      "merged:\n  {}{}",
      shard.original.string(), count, count == 1 ? "" : "s", fmt::join(rows, "\n  "),
      count > kShown ? "\n  ..." : ""));
}

/// Brings one shard into the database; returns how many of its rows were there already.
int64_t merge_shard(Database& database, const Shard& shard) {
  Statement(database, "ATTACH ? AS shard").bind(shard.copy.string()).run();
  Transaction transaction(database);
  database.execute(std::string(kMergeRuns));
  database.execute(std::string(kMergePlans));
  database.execute(std::string(kMergeRows));
  refuse_conflicts(database, shard);
  const int64_t known = database.integer("SELECT count(*) FROM row_map WHERE new IS NOT NULL");
  database.execute(copy_rows_sql());
  merge_round_blocks(database);
  transaction.commit();
  database.execute("DETACH shard");
  return known;
}

MergeCounts merge_into(const fs::path& file, const std::vector<Shard>& shards) {
  Database database(file, Database::Mode::kReadWrite);
  prepare_for_writing(database);
  MergeCounts counts;
  for (const Shard& shard : shards) {
    counts.duplicates += merge_shard(database, shard);
    ++counts.databases;
  }
  counts.rows = database.integer("SELECT count(*) FROM sample_row");
  return counts;
}

}  // namespace

MergeCounts merge_databases(const fs::path& out, std::span<const fs::path> databases) {
  for (const fs::path& database : databases) require_present(database);
  MergeTarget target(out);
  const WorkFolder folder(out);
  const fs::path merged = folder / "merged.db";
  const MergeCounts counts = merge_into(merged, prepare_shards(out, databases, folder));
  Store(merged).summarise_all();
  {
    Database database(merged, Database::Mode::kReadWrite);
    leave_wal(database);
  }
  target.take(merged);
  return counts;
}

}  // namespace skipbench
