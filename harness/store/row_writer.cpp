#include "harness/store/row_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "harness/store/database.h"
#include "harness/store/row_sql.h"
#include "kernels/base/error.h"

namespace skipbench {
namespace {

/// All of the key that makes a version, in one text; no field holds the separator.
std::string version_name(int64_t cell, const RowKey& key) {
  return fmt::format("{}\x1f{}\x1f{}\x1f{}\x1f{}\x1f{}\x1f{}\x1f{}\x1f{}\x1f{}", cell, key.method,
                     key.model_hash, key.method_hash, key.data_hash, key.protocol_hash, key.dtype,
                     key.device, key.code_version, key.seed);
}

bool insert_sample(Database& database, int64_t run_id, int64_t version, const SampleRow& row) {
  static const std::string insert =
      insert_sql("version_id, sample_id, round, run_id", RowTable::kSample) +
      " ON CONFLICT (version_id, sample_id, round) DO NOTHING";
  Statement& statement =
      database.statement(insert).bind(version, row.key.sample_id, row.key.round, run_id);
  bind_columns(statement, 4, RowTable::kSample, row);
  statement.run();
  return database.changes() > 0;
}

void insert_timing(Database& database, int64_t row_id, const SampleRow& row) {
  static const std::string insert = insert_sql("sample_row_id", RowTable::kTiming);
  Statement& statement = database.statement(insert).bind(row_id);
  bind_columns(statement, 1, RowTable::kTiming, row);
  statement.run();
}

void insert_scores(Database& database, int64_t row_id, const SampleRow& row) {
  if (row.random_weights) return;  // what such a model says has no accuracy
  for (const auto& [metric, score] : row.scores) {
    database.statement("INSERT INTO score_row (sample_row_id, metric, score) VALUES (?, ?, ?)")
        .bind(row_id, metric, score)
        .run();
  }
}

// [attention, ffn, alive, kv], and the number of layers in a row that count alike where it is not
// one: most methods change at a few layers only, and these counts would be half of a database.
Json layer_runs(const std::vector<LayerCounts>& layers) {
  Json runs = Json::array();
  for (auto begin = layers.begin(); begin != layers.end();) {
    const auto end = std::find_if_not(begin, layers.end(),
                                      [&](const LayerCounts& layer) { return layer == *begin; });
    Json counts{begin->attention, begin->ffn, begin->alive, begin->kv};
    if (end - begin > 1) counts.push_back(end - begin);
    runs.push_back(std::move(counts));
    begin = end;
  }
  return runs;
}

// The same for every method and round.
void insert_answers(Database& database, const SampleRow& row) {
  if (row.answers.empty()) return;
  database
      .statement(
          "INSERT OR IGNORE INTO gold_answer (data_hash, subset, sample_id, answers) "
          "VALUES (?, ?, ?, ?)")
      .bind(row.key.data_hash, row.key.subset, row.key.sample_id, Json(row.answers).dump())
      .run();
}

void insert_layers(Database& database, int64_t row_id, const SampleRow& row) {
  if (row.layers.empty()) return;
  database.statement("INSERT INTO layer_record (sample_row_id, counts) VALUES (?, ?)")
      .bind(row_id, layer_runs(row.layers).dump())
      .run();
}

}  // namespace

std::optional<int64_t> RowWriter::find_cell(const RowKey& key) {
  CellName name(key.experiment, key.model, key.task, key.subset, key.label);
  if (const auto found = cells_.find(name); found != cells_.end()) return found->second;
  Statement& query = database_.statement(
      "SELECT id FROM cell_plan "
      "WHERE experiment = ? AND model = ? AND task = ? AND subset = ? AND label = ?");
  const auto id =
      query.bind(key.experiment, key.model, key.task, key.subset, key.label).first_integer();
  if (id) cells_.emplace(std::move(name), *id);
  return id;
}

std::optional<int64_t> RowWriter::find_version(int64_t cell, const RowKey& key) {
  std::string name = version_name(cell, key);
  if (const auto found = versions_.find(name); found != versions_.end()) return found->second;
  Statement& query = database_.statement(
      "SELECT id FROM cell_version WHERE cell_id = ? AND method = ? AND model_hash = ? "
      "AND method_hash = ? AND data_hash = ? AND protocol_hash = ? AND dtype = ? AND device = ? "
      "AND code_version = ? AND seed = ?");
  const auto id = query
                      .bind(cell, key.method, key.model_hash, key.method_hash, key.data_hash,
                            key.protocol_hash, key.dtype, key.device, key.code_version, key.seed)
                      .first_integer();
  if (id) versions_.emplace(std::move(name), *id);
  return id;
}

std::optional<KeyPlace> RowWriter::find(const RowKey& key) {
  const auto cell = find_cell(key);
  if (!cell) return std::nullopt;
  const auto version = find_version(*cell, key);
  if (!version) return std::nullopt;
  return KeyPlace{*cell, *version};
}

KeyPlace RowWriter::find_or_insert(const SampleRow& row) {
  const RowKey& key = row.key;
  if (const auto place = find(key)) return *place;
  const auto cell = find_cell(key);
  if (!cell) {
    throw ContractError(fmt::format(
        "a row of '{}' on {} {} of experiment {} was written before plan_cells() named the cell",
        key.label, key.task, key.subset, key.experiment));
  }
  database_
      .statement(
          "INSERT INTO cell_version (cell_id, method, model_hash, method_hash, data_hash, "
          "protocol_hash, dtype, device, code_version, seed, params) "
          "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
      .bind(*cell, key.method, key.model_hash, key.method_hash, key.data_hash, key.protocol_hash,
            key.dtype, key.device, key.code_version, key.seed, row.params.dump())
      .run();
  const int64_t version = database_.last_insert_id();
  versions_.emplace(version_name(*cell, key), version);
  return {*cell, version};
}

std::optional<int64_t> RowWriter::find_row(const KeyPlace& place, const RowKey& key) {
  Statement& query = database_.statement(
      "SELECT id FROM sample_row WHERE version_id = ? AND sample_id = ? AND round = ?");
  return query.bind(place.version, key.sample_id, key.round).first_integer();
}

bool RowWriter::insert(int64_t run_id, const KeyPlace& place, const SampleRow& row) {
  if (!insert_sample(database_, run_id, place.version, row)) return false;
  const int64_t row_id = database_.last_insert_id();
  insert_timing(database_, row_id, row);
  insert_scores(database_, row_id, row);
  insert_layers(database_, row_id, row);
  insert_answers(database_, row);
  return true;
}

void RowWriter::forget() {
  cells_.clear();
  versions_.clear();
}

}  // namespace skipbench
