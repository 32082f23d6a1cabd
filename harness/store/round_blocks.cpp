#include "harness/store/round_blocks.h"

#include <algorithm>

#include "harness/store/database.h"
#include "harness/store/schema.h"

namespace skipbench {
namespace {

// Labels that share a block stand in one row, this between them: a block stands there once.
constexpr char kBetween = '\x1f';

// `conflict`: what becomes of a block that the labels had.
int64_t claim(const std::filesystem::path& database, const std::string& experiment,
              const std::string& model, const std::string& labels, const std::string& conflict) {
  Database connection(database, Database::Mode::kReadWrite);
  prepare_for_writing(connection, PageCheck::kNone);  // the run did
  // Other writers wait from here on: what is free when it is asked for is free when it is taken.
  Transaction transaction(connection);
  connection
      .statement(
          "INSERT INTO round_block (experiment, model, label, block) "
          "SELECT ?1, ?2, ?3, coalesce(max(block), 0) + 1 FROM round_block "
          "WHERE experiment = ?1 AND model = ?2 "
          "ON CONFLICT (experiment, model, label) DO " +
          conflict)
      .bind(experiment, model, labels)
      .run();
  Statement& query = connection.statement(
      "SELECT block FROM round_block WHERE experiment = ? AND model = ? AND label = ?");
  query.bind(experiment, model, labels).step();
  const int64_t block = query.integer(0);
  query.reset();
  transaction.commit();
  return block;
}

}  // namespace

int64_t claim_round_block(const std::filesystem::path& database, const std::string& experiment,
                          const std::string& model, const std::string& label) {
  return claim(database, experiment, model, label, "NOTHING");
}

int64_t claim_fresh_round_block(const std::filesystem::path& database,
                                const std::string& experiment, const std::string& model,
                                const std::vector<std::string>& labels) {
  std::string joined = labels.front();
  for (size_t i = 1; i < labels.size(); ++i) joined += kBetween + labels[i];
  return claim(database, experiment, model, joined, "UPDATE SET block = excluded.block");
}

std::map<std::string, int64_t> claimed_round_blocks(const std::filesystem::path& database,
                                                    const std::string& experiment,
                                                    const std::string& model) {
  std::map<std::string, int64_t> blocks;
  std::error_code missing;
  if (std::filesystem::file_size(database, missing) == 0 || missing) return blocks;
  Database connection(database, Database::Mode::kReadOnly);
  prepare_for_reading(connection);
  Statement& query = connection.statement(
      "SELECT label, block FROM round_block WHERE experiment = ? AND model = ? ORDER BY block");
  query.bind(experiment, model);
  while (query.step()) {
    const std::string labels = query.text(0);
    for (size_t begin = 0; begin <= labels.size();) {
      const size_t end = std::min(labels.find(kBetween, begin), labels.size());
      blocks[labels.substr(begin, end - begin)] = query.integer(1);  // the latest
      begin = end + 1;
    }
  }
  return blocks;
}

}  // namespace skipbench
