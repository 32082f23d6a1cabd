#include "harness/store/round_blocks.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "harness/store/database.h"
#include "harness/store/schema.h"

namespace skipbench {
namespace {

// Labels that share a block stand in one row, this between them: a block stands there once.
constexpr char kBetween = '\x1f';

using Blocks = std::map<std::string, int64_t>;  // by label

// Adds the block of each of the labels, the latest where one has several.
void add_blocks(const std::string& labels, int64_t block, Blocks& blocks) {
  for (size_t begin = 0; begin <= labels.size();) {
    const size_t end = std::min(labels.find(kBetween, begin), labels.size());
    int64_t& known = blocks[labels.substr(begin, end - begin)];
    known = std::max(known, block);
    begin = end + 1;
  }
}

Blocks read_blocks(Database& connection, const std::string& experiment, const std::string& model) {
  Blocks blocks;
  Statement& query = connection.statement(
      "SELECT label, block FROM round_block WHERE experiment = ? AND model = ?");
  query.bind(experiment, model);
  while (query.step()) add_blocks(query.text(0), query.integer(1), blocks);
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

void merge_round_blocks(Database& connection) {
  std::map<std::pair<std::string, std::string>, Blocks> models;  // by experiment and model
  for (const char* const schema : {"main", "shard"}) {
    Statement query(connection, fmt::format("SELECT experiment, model, label, block "
                                            "FROM {}.round_block",
                                            schema));
    while (query.step()) {
      add_blocks(query.text(2), query.integer(3), models[{query.text(0), query.text(1)}]);
    }
  }
  connection.execute("DELETE FROM main.round_block");
  for (const auto& [model, blocks] : models) {
    std::map<int64_t, std::string> labels;  // that share a block
    for (const auto& [label, block] : blocks) {
      std::string& joined = labels[block];
      joined += joined.empty() ? label : kBetween + label;
    }
    for (const auto& [block, joined] : labels) {
      connection
          .statement(
              "INSERT INTO main.round_block (experiment, model, label, block) "
              "VALUES (?, ?, ?, ?)")
          .bind(model.first, model.second, joined, block)
          .run();
    }
  }
}

}  // namespace skipbench
