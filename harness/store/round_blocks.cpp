#include "harness/store/round_blocks.h"

#include "harness/store/database.h"
#include "harness/store/schema.h"

namespace skipbench {

int64_t claim_round_block(const std::filesystem::path& database, const std::string& experiment,
                          const std::string& model, const std::string& label) {
  Database connection(database, Database::Mode::kReadWrite);
  prepare_for_writing(connection, PageCheck::kNone);  // the run did
  // Other writers wait from here on: what is free when it is asked for is free when it is taken.
  Transaction transaction(connection);
  connection
      .statement(
          "INSERT INTO round_block (experiment, model, label, block) "
          "SELECT ?1, ?2, ?3, coalesce(max(block), 0) + 1 FROM round_block "
          "WHERE experiment = ?1 AND model = ?2 "
          "ON CONFLICT (experiment, model, label) DO NOTHING")
      .bind(experiment, model, label)
      .run();
  Statement& query = connection.statement(
      "SELECT block FROM round_block WHERE experiment = ? AND model = ? AND label = ?");
  query.bind(experiment, model, label).step();
  const int64_t block = query.integer(0);
  query.reset();
  transaction.commit();
  return block;
}

std::vector<int64_t> claimed_round_blocks(const std::filesystem::path& database,
                                          const std::string& experiment, const std::string& model) {
  if (!std::filesystem::exists(database)) return {};
  // Another run may just have made the file and not yet filled it: a reader would call it empty.
  Database connection(database, Database::Mode::kReadWrite);
  prepare_for_writing(connection, PageCheck::kNone);
  std::vector<int64_t> blocks;
  Statement& query = connection.statement(
      "SELECT block FROM round_block WHERE experiment = ? AND model = ? ORDER BY block");
  query.bind(experiment, model);
  while (query.step()) blocks.push_back(query.integer(0));
  return blocks;
}

}  // namespace skipbench
