#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "harness/store/row_sql.h"

namespace skipbench {

// One shard, attached as `shard`, goes into `main`. Temporary tables map the shard's ids to main's.

inline constexpr std::string_view kMergeRuns = R"sql(
INSERT OR IGNORE INTO main.provenance
  (git_commit, git_dirty, build_flags, library_versions, machine)
SELECT git_commit, git_dirty, build_flags, library_versions, machine
FROM shard.provenance ORDER BY id;

CREATE TEMP TABLE run_source AS
SELECT r.id, r.experiment, r.config, r.command, m.id AS provenance_id, r.started_at, r.ended_at,
  r.outcome, r.token
FROM shard.run r JOIN shard.provenance p ON p.id = r.provenance_id
JOIN main.provenance m USING (git_commit, git_dirty, build_flags, library_versions, machine);

-- The same run, of a database that was merged before, once. Runs of earlier schemas have no token:
-- there all else must be the same.
INSERT INTO main.run
  (experiment, config, command, provenance_id, started_at, ended_at, outcome, token)
SELECT experiment, config, command, provenance_id, started_at, ended_at, outcome, token
FROM run_source s
WHERE NOT EXISTS (
  SELECT 1 FROM main.run r
  WHERE (r.token, r.experiment, r.config, r.command, r.provenance_id, r.started_at)
    = (s.token, s.experiment, s.config, s.command, s.provenance_id, s.started_at))
ORDER BY id;

CREATE TEMP TABLE run_map AS
SELECT s.id AS old, max(r.id) AS new FROM run_source s JOIN main.run r
ON (r.token, r.experiment, r.config, r.command, r.provenance_id, r.started_at)
  = (s.token, s.experiment, s.config, s.command, s.provenance_id, s.started_at)
GROUP BY s.id;
CREATE UNIQUE INDEX temp.run_map_old ON run_map (old);
)sql";

// Databases come by the start of their first run, so the later plan decides.
inline constexpr std::string_view kMergePlans = R"sql(
INSERT INTO main.cell_plan (experiment, model, task, subset, label, method, is_baseline, expected_n,
  label_order, in_plan)
SELECT experiment, model, task, subset, label, method, is_baseline, expected_n, label_order, in_plan
FROM shard.cell_plan WHERE true ORDER BY id
ON CONFLICT (experiment, model, task, subset, label) DO UPDATE SET
  method = excluded.method, is_baseline = excluded.is_baseline, expected_n = excluded.expected_n,
  label_order = excluded.label_order, in_plan = max(in_plan, excluded.in_plan);

CREATE TEMP TABLE cell_map AS
SELECT s.id AS old, m.id AS new FROM shard.cell_plan s
JOIN main.cell_plan m USING (experiment, model, task, subset, label);
CREATE UNIQUE INDEX temp.cell_map_old ON cell_map (old);

DELETE FROM main.cell_metric WHERE cell_id IN (SELECT new FROM cell_map);
INSERT INTO main.cell_metric (cell_id, position, metric)
SELECT c.new, m.position, m.metric FROM shard.cell_metric m JOIN cell_map c ON c.old = m.cell_id;

INSERT OR IGNORE INTO main.cell_version (cell_id, method, model_hash, method_hash, data_hash,
  protocol_hash, dtype, device, code_version, seed, params)
SELECT c.new, method, model_hash, method_hash, data_hash, protocol_hash, dtype, device,
  code_version, seed, params
FROM shard.cell_version v JOIN cell_map c ON c.old = v.cell_id ORDER BY v.id;

CREATE TEMP TABLE version_map AS
SELECT s.id AS old, m.id AS new
FROM shard.cell_version s JOIN cell_map c ON c.old = s.cell_id
JOIN main.cell_version m ON m.cell_id = c.new AND m.method = s.method
  AND m.model_hash = s.model_hash AND m.method_hash = s.method_hash AND m.data_hash = s.data_hash
  AND m.protocol_hash = s.protocol_hash AND m.dtype = s.dtype AND m.device = s.device
  AND m.code_version = s.code_version AND m.seed = s.seed;
CREATE UNIQUE INDEX temp.version_map_old ON version_map (old);

-- The version and the run of a cell are those of the run that asked last, whichever database has it.
UPDATE main.cell_plan SET version_id = asked.version_id, run_id = asked.run_id
FROM (SELECT c.new AS cell, v.new AS version_id, r.new AS run_id
      FROM shard.cell_plan s JOIN cell_map c ON c.old = s.id
      JOIN version_map v ON v.old = s.version_id LEFT JOIN run_map r ON r.old = s.run_id) asked
WHERE cell_plan.id = asked.cell AND (
  cell_plan.version_id IS NULL OR cell_plan.run_id IS NULL OR
  (SELECT started_at, token FROM main.run WHERE id = cell_plan.run_id)
    <= (SELECT started_at, token FROM main.run WHERE id = asked.run_id));
)sql";

inline constexpr std::string_view kMergeRows = R"sql(
-- What two databases must agree on for a row that both have; ids of rows follow.
CREATE TEMP TABLE row_map AS
SELECT s.id AS old, m.id AS new, v.new AS version_id
FROM shard.sample_row s JOIN version_map v ON v.old = s.version_id
LEFT JOIN main.sample_row m
  ON m.version_id = v.new AND m.sample_id = s.sample_id AND m.round = s.round;
)sql";

// Rows that main has with other content. Which run wrote a row and whether the plan still names it
// is bookkeeping, no content.
inline std::string conflicts_sql() {
  const auto columns = [](char shard_or_main) {
    return fmt::format(
        "{}, {}, {}l.counts", column_names(RowTable::kSample, fmt::format("{}.", shard_or_main)),
        column_names(RowTable::kTiming, fmt::format("{}t.", shard_or_main)), shard_or_main);
  };
  return fmt::format(R"sql(
SELECT c.experiment, c.model, c.label, c.task, c.subset, s.sample_id, s.round
FROM row_map x
JOIN shard.sample_row s ON s.id = x.old JOIN main.sample_row m ON m.id = x.new
JOIN main.cell_version v ON v.id = m.version_id JOIN main.cell_plan c ON c.id = v.cell_id
LEFT JOIN shard.timing_row st ON st.sample_row_id = s.id
LEFT JOIN main.timing_row mt ON mt.sample_row_id = m.id
LEFT JOIN shard.layer_record sl ON sl.sample_row_id = s.id
LEFT JOIN main.layer_record ml ON ml.sample_row_id = m.id
WHERE ({}) IS NOT ({})
OR EXISTS (SELECT metric, score FROM shard.score_row WHERE sample_row_id = s.id
           EXCEPT SELECT metric, score FROM main.score_row WHERE sample_row_id = m.id)
OR EXISTS (SELECT metric, score FROM main.score_row WHERE sample_row_id = m.id
           EXCEPT SELECT metric, score FROM shard.score_row WHERE sample_row_id = s.id)
ORDER BY 1, 2, 3, 4, 5, 6, 7)sql",
                     columns('s'), columns('m'));
}

inline std::string copy_rows_sql() {
  return fmt::format(R"sql(
UPDATE main.sample_row SET in_plan = 1 WHERE in_plan = 0 AND id IN (
  SELECT x.new FROM row_map x JOIN shard.sample_row s ON s.id = x.old
  WHERE x.new IS NOT NULL AND s.in_plan);

INSERT INTO main.sample_row (version_id, sample_id, round, run_id, in_plan, {sample})
SELECT x.version_id, s.sample_id, s.round, r.new, s.in_plan, {shard_sample}
FROM row_map x JOIN shard.sample_row s ON s.id = x.old JOIN run_map r ON r.old = s.run_id
WHERE x.new IS NULL ORDER BY s.id;

CREATE TEMP TABLE new_rows AS
SELECT x.old, m.id AS new FROM row_map x JOIN shard.sample_row s ON s.id = x.old
JOIN main.sample_row m
  ON m.version_id = x.version_id AND m.sample_id = s.sample_id AND m.round = s.round
WHERE x.new IS NULL ORDER BY x.old;

INSERT INTO main.timing_row (sample_row_id, {timing})
SELECT n.new, {timing}
FROM new_rows n JOIN shard.timing_row t ON t.sample_row_id = n.old;
INSERT INTO main.score_row
SELECT n.new, metric, score FROM new_rows n JOIN shard.score_row t ON t.sample_row_id = n.old;
INSERT INTO main.layer_record
SELECT n.new, counts FROM new_rows n JOIN shard.layer_record t ON t.sample_row_id = n.old;

INSERT OR IGNORE INTO main.gold_answer SELECT * FROM shard.gold_answer;

-- Also of rows that main has without a profile; of two profiles the first stays.
INSERT OR IGNORE INTO main.profile_record
  (sample_row_id, run_id, prefill_ms, decode_ms, decode_steps, operations)
SELECT coalesce(x.new, n.new), r.new, p.prefill_ms, p.decode_ms, p.decode_steps, p.operations
FROM shard.profile_record p JOIN row_map x ON x.old = p.sample_row_id
LEFT JOIN new_rows n ON n.old = p.sample_row_id JOIN run_map r ON r.old = p.run_id;

DROP TABLE new_rows;
DROP TABLE row_map;
DROP TABLE version_map;
DROP TABLE cell_map;
DROP TABLE run_map;
DROP TABLE run_source;
)sql",
                     fmt::arg("sample", column_names(RowTable::kSample)),
                     fmt::arg("shard_sample", column_names(RowTable::kSample, "s.")),
                     fmt::arg("timing", column_names(RowTable::kTiming)));
}

}  // namespace skipbench
