#include "harness/store/round_blocks.h"

#include <algorithm>

#include "harness/store/database.h"
#include "harness/store/schema.h"

namespace skipbench {
namespace {

// Labels that share a block stand in one row, this between them: a block stands there once.
constexpr char kBetween = '\x1f';

using Blocks = std::map<std::string, int64_t>;  // by label

Blocks read_blocks(Database& connection, const std::string& experiment, const std::string& model) {
  Blocks blocks;
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

int64_t block_of(const Blocks& blocks, const std::string& label) {
  const auto found = blocks.find(label);
  return found == blocks.end() ? 0 : found->second;
}

// The labels whose block is still the one that the caller saw get the next free one. Other writers
// wait meanwhile: what is free when it is looked up is free when it is taken.
Blocks claim(const std::filesystem::path& database, const std::string& experiment,
             const std::string& model, Blocks seen) {
  Database connection(database, Database::Mode::kReadWrite);
  prepare_for_writing(connection, PageCheck::kNone);  // the run did
  Transaction transaction(connection);
  const Blocks taken = read_blocks(connection, experiment, model);
  int64_t fresh = 1;
  for (const auto& [label, block] : taken) fresh = std::max(fresh, block + 1);
  std::string joined;
  for (auto& [label, block] : seen) {
    const int64_t current = block_of(taken, label);
    if (current == block) {
      joined += joined.empty() ? label : kBetween + label;
      block = fresh;
    } else {
      block = current;
    }
  }
  if (!joined.empty()) {
    connection
        .statement(
            "INSERT INTO round_block (experiment, model, label, block) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (experiment, model, label) DO UPDATE SET block = excluded.block")
        .bind(experiment, model, joined, fresh)
        .run();
  }
  transaction.commit();
  return seen;
}

}  // namespace

int64_t claim_round_block(const std::filesystem::path& database, const std::string& experiment,
                          const std::string& model, const std::string& label) {
  return claim(database, experiment, model, {{label, 0}}).at(label);
}

std::map<std::string, int64_t> claim_fresh_round_blocks(
    const std::filesystem::path& database, const std::string& experiment, const std::string& model,
    const std::map<std::string, int64_t>& seen) {
  return claim(database, experiment, model, seen);
}

std::map<std::string, int64_t> claimed_round_blocks(const std::filesystem::path& database,
                                                    const std::string& experiment,
                                                    const std::string& model) {
  std::error_code missing;
  if (std::filesystem::file_size(database, missing) == 0 || missing) return {};
  Database connection(database, Database::Mode::kReadOnly);
  prepare_for_reading(connection);
  return read_blocks(connection, experiment, model);
}

}  // namespace skipbench
