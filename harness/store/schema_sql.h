#pragma once

namespace skipbench {

/// The database. Notebooks read the views `samples`, `cells` and `cell_details`; their columns keep
/// their names. What a row is true for (model file, parameters, data, protocol, machine, code) lies
/// in cell_version, so that a sample row is small. Columns of rows and of cells' figures are
/// declared, with the version that added them, in row_columns.h and summary.h. The views are made
/// anew after every migration: views_sql.h.
inline constexpr char kSchemaVersion1[] = R"sql(
CREATE TABLE provenance (  -- what a program was built from and where it ran
  id INTEGER PRIMARY KEY,
  git_commit TEXT NOT NULL,
  git_dirty INTEGER NOT NULL,
  build_flags TEXT NOT NULL,
  library_versions TEXT NOT NULL,
  machine TEXT NOT NULL,  -- JSON
  UNIQUE (git_commit, git_dirty, build_flags, library_versions, machine)
);

CREATE TABLE run (  -- one call of 'skipbench run'
  id INTEGER PRIMARY KEY,
  experiment TEXT NOT NULL,
  config TEXT NOT NULL,  -- JSON, resolved
  command TEXT NOT NULL,
  provenance_id INTEGER NOT NULL REFERENCES provenance,
  started_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now')),
  ended_at TEXT,
  outcome TEXT  -- done | interrupted | failed; NULL while it runs or when it was killed
);
CREATE INDEX run_experiment ON run (experiment);

CREATE TABLE cell_plan (  -- what a complete run has: one label on one task's subset
  id INTEGER PRIMARY KEY,
  experiment TEXT NOT NULL,
  model TEXT NOT NULL,
  task TEXT NOT NULL,
  subset TEXT NOT NULL,
  label TEXT NOT NULL,
  method TEXT NOT NULL,
  is_baseline INTEGER NOT NULL,
  expected_n INTEGER NOT NULL,  -- samples; rounds repeat them
  label_order INTEGER NOT NULL,
  version_id INTEGER REFERENCES cell_version,  -- the current one: the last that a run asked for
  run_id INTEGER REFERENCES run,  -- that run
  UNIQUE (experiment, model, task, subset, label)
);

CREATE TABLE cell_metric (  -- the cell's metrics, the main one at position 0
  cell_id INTEGER NOT NULL REFERENCES cell_plan ON DELETE CASCADE,
  position INTEGER NOT NULL,
  metric TEXT NOT NULL,
  PRIMARY KEY (cell_id, position)
) WITHOUT ROWID;

CREATE TABLE cell_version (  -- everything in the row key that is not the sample or the round
  id INTEGER PRIMARY KEY,
  cell_id INTEGER NOT NULL REFERENCES cell_plan,
  method TEXT NOT NULL,
  model_hash TEXT NOT NULL,
  method_hash TEXT NOT NULL,
  data_hash TEXT NOT NULL,
  protocol_hash TEXT NOT NULL,
  dtype TEXT NOT NULL,
  device TEXT NOT NULL,
  code_version TEXT NOT NULL,
  seed INTEGER NOT NULL,
  params TEXT NOT NULL,  -- JSON; follows from method_hash
  UNIQUE (cell_id, method, model_hash, method_hash, data_hash, protocol_hash, dtype, device,
          code_version, seed)
);

CREATE TABLE sample_row (  -- one sample under one label in one round
  id INTEGER PRIMARY KEY,
  version_id INTEGER NOT NULL REFERENCES cell_version,
  sample_id TEXT NOT NULL,
  round INTEGER NOT NULL,
  run_id INTEGER NOT NULL REFERENCES run{sample_columns},
  UNIQUE (version_id, sample_id, round)
);
CREATE INDEX sample_row_run ON sample_row (run_id, version_id);

CREATE TABLE timing_row (
  sample_row_id INTEGER PRIMARY KEY REFERENCES sample_row ON DELETE CASCADE{timing_columns}
);

CREATE TABLE score_row (
  sample_row_id INTEGER NOT NULL REFERENCES sample_row ON DELETE CASCADE,
  metric TEXT NOT NULL,
  score REAL,  -- points from 0 to 100
  PRIMARY KEY (sample_row_id, metric)
) WITHOUT ROWID;

-- Tokens per layer: [[attention, ffn, alive, kv], ...]. A fifth number: so many layers in a row
-- count alike.
CREATE TABLE layer_record (
  sample_row_id INTEGER PRIMARY KEY REFERENCES sample_row ON DELETE CASCADE,
  counts TEXT NOT NULL  -- JSON
);

-- Figures over a cell's current version. Deleted as soon as a row arrives that they do not count,
-- so that a figure that is there is right. Intervals are 95%; what they are over: summary.h.
CREATE TABLE cell_summary (
  cell_id INTEGER PRIMARY KEY REFERENCES cell_plan ON DELETE CASCADE{summary_columns}
);

CREATE TABLE score_summary (
  cell_id INTEGER NOT NULL REFERENCES cell_summary ON DELETE CASCADE,
  metric TEXT NOT NULL,
  n INTEGER NOT NULL,  -- samples with a score
  score REAL,
  score_stderr REAL,
  score_delta REAL,
  score_delta_stderr REAL,
  score_delta_low REAL,
  score_delta_high REAL,
  PRIMARY KEY (cell_id, metric)
) WITHOUT ROWID;
)sql";

/// Version 2 knows which rows and cells the experiment's plan still names; it tells the ends of
/// rows apart. Figures of version 1 pair otherwise and are computed anew.
inline constexpr char kSchemaVersion2[] = R"sql(
-- 0: the last plan of the whole experiment does not name the cell.
ALTER TABLE cell_plan ADD COLUMN in_plan INTEGER NOT NULL DEFAULT 1;
-- 0: the last run that asked for all of the cell did not ask for this row.
ALTER TABLE sample_row ADD COLUMN in_plan INTEGER NOT NULL DEFAULT 1;

DELETE FROM score_summary;
DELETE FROM cell_summary;
)sql";

/// Version 3 has p-values, medians of paired ratios and the timings' noise; runs have a name that
/// no other database's runs have, so that merged ones are told apart.
inline constexpr char kSchemaVersion3[] = R"sql(
-- 32 random hexadecimal digits; empty for runs of earlier versions.
ALTER TABLE run ADD COLUMN token TEXT NOT NULL DEFAULT '';

DELETE FROM score_summary;
DELETE FROM cell_summary;
ALTER TABLE score_summary ADD COLUMN score_delta_p REAL;
ALTER TABLE score_summary ADD COLUMN best_label TEXT NOT NULL DEFAULT '';
ALTER TABLE score_summary ADD COLUMN best_p REAL;
)sql";

/// Version 4 knows how replies were decoded, what the device says of times and memory, and what
/// time was spent on. Of the rows of version 3 it knows none of that, so their figures stay as they
/// are.
inline constexpr char kSchemaVersion4[] = R"sql(
-- Where the time of a row's sample goes, from a repetition of its own that no row times: operations
-- between two events each are slower. sample_profile.h says what `operations` holds.
CREATE TABLE profile_record (
  sample_row_id INTEGER PRIMARY KEY REFERENCES sample_row ON DELETE CASCADE,
  run_id INTEGER NOT NULL REFERENCES run,
  prefill_ms REAL NOT NULL,
  decode_ms REAL NOT NULL,  -- of all steps
  decode_steps INTEGER NOT NULL,
  operations TEXT NOT NULL  -- JSON
);
CREATE INDEX profile_record_run ON profile_record (run_id);

-- Mean of the cell's profiles. Of a decode step in phase 'decode'.
CREATE TABLE profile_summary (
  cell_id INTEGER NOT NULL REFERENCES cell_summary ON DELETE CASCADE,
  phase TEXT NOT NULL,  -- prefill | decode
  layer INTEGER NOT NULL,  -- -1: outside the layers
  operations TEXT NOT NULL,  -- gemm, attention, probe, ...; between: in none of them
  ms REAL NOT NULL,
  PRIMARY KEY (cell_id, phase, layer, operations)
) WITHOUT ROWID;
)sql";

/// Version 5 keeps what the right answers were, so that a reader sees them beside the replies.
inline constexpr char kSchemaVersion5[] = R"sql(
CREATE TABLE gold_answer (  -- of a sample, whichever method replied
  data_hash TEXT NOT NULL,
  subset TEXT NOT NULL,
  sample_id TEXT NOT NULL,
  answers TEXT NOT NULL,  -- JSON, any of them is right
  PRIMARY KEY (data_hash, subset, sample_id)
) WITHOUT ROWID;
)sql";

/// Version 6 keeps which block of rounds each setting of a search has; before, that stood in the
/// runs' configurations alone, where two runs at once could choose the same. Of two settings that
/// share a block, the first in the alphabet keeps it.
inline constexpr char kSchemaVersion6[] = R"sql(
CREATE TABLE round_block (  -- round_blocks.h
  experiment TEXT NOT NULL,
  model TEXT NOT NULL,
  label TEXT NOT NULL,
  block INTEGER NOT NULL,
  PRIMARY KEY (experiment, model, label),
  UNIQUE (experiment, model, block)
) WITHOUT ROWID;

INSERT OR IGNORE INTO round_block (experiment, model, label, block)
SELECT r.experiment, m.value ->> 'name', l.value ->> 'label', max(l.value ->> 'block')
FROM (SELECT experiment, CASE WHEN json_valid(config) THEN config ELSE '{}' END AS config
      FROM run) r, json_each(r.config, '$.models') m, json_each(m.value, '$.methods') l
WHERE l.value ->> 'block' > 0 AND l.value ->> 'label' <> coalesce(r.config ->> 'baseline', '')
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3;
)sql";

/// Version 7 has one interval of a difference wherever it is shown. Earlier figures of accuracy
/// hold another and are computed anew; those of random weights have no accuracy and stay.
inline constexpr char kSchemaVersion7[] = R"sql(
DELETE FROM score_summary
WHERE cell_id IN (SELECT cell_id FROM cell_summary WHERE NOT random_weights);
DELETE FROM profile_summary
WHERE cell_id IN (SELECT cell_id FROM cell_summary WHERE NOT random_weights);
DELETE FROM cell_summary WHERE NOT random_weights;
)sql";

/// Version 8 draws every interval by one seed: speed-ups have the same interval in
/// tables as in comparisons. Earlier figures hold other draws and are computed anew.
inline constexpr char kSchemaVersion8[] = R"sql(
DELETE FROM score_summary;
DELETE FROM profile_summary;
DELETE FROM cell_summary;
)sql";

/// Version 9 knows what ran off its kernel, how far the distributions of decoded tokens lie from
/// the baseline's, and which figures are shown; it shows other intervals.
inline constexpr char kSchemaVersion9[] = R"sql(
-- That methods which only choose what the cache keeps, or what a generated token runs, leave the
-- first token as it is says nothing of them.
UPDATE sample_row SET kl_first_token = NULL WHERE version_id IN (
  SELECT id FROM cell_version  -- and two of them combined
  WHERE replace(replace(replace(replace(replace(replace(method, 'streamingllm', ''), 'snapkv', ''),
    'pyramidkv', ''), 'h2o', ''), 'ffn_skipllm', ''), 'full', '') IN ('', '+'));

-- Speed-ups are geometric means (mean_ratio.h), beside what the saved work allows
-- (speedup_limit.h); intervals are Student's. Earlier figures are computed anew.
DELETE FROM score_summary;
DELETE FROM profile_summary;
DELETE FROM cell_summary;
)sql";

}  // namespace skipbench
