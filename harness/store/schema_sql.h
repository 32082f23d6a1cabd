#pragma once

namespace skipbench {

/// The database. Notebooks read the views `samples`, `cells` and `cell_details`; their columns keep
/// their names. What a row is true for (model file, parameters, data, protocol, machine, code) lies
/// in cell_version, so that a sample row is small. The views are made anew after every
/// migration: kViews, below.
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
  run_id INTEGER NOT NULL REFERENCES run,
  status TEXT NOT NULL CHECK (status IN ('ok', 'oom', 'error', 'invalid')),
  error TEXT NOT NULL,
  prediction TEXT NOT NULL,
  new_token_ids TEXT NOT NULL,  -- JSON
  prompt_tokens INTEGER NOT NULL,
  truncated_tokens INTEGER NOT NULL,
  new_tokens INTEGER NOT NULL,
  finish_reason TEXT NOT NULL,
  kv_bytes INTEGER NOT NULL,
  kv_bytes_full INTEGER NOT NULL,
  flops INTEGER NOT NULL,  -- of the prefill, as flops_full
  flops_full INTEGER NOT NULL,
  kl_first_token REAL,  -- nats
  greedy_match REAL,
  answer_nll REAL,  -- nats per token
  attention_share REAL NOT NULL,
  ffn_share REAL NOT NULL,
  attention_pair_share REAL NOT NULL,
  kv_share REAL NOT NULL,
  decode_ffn_share REAL,
  active INTEGER NOT NULL,
  inactive_reason TEXT NOT NULL,
  random_weights INTEGER NOT NULL,
  UNIQUE (version_id, sample_id, round)
);
CREATE INDEX sample_row_run ON sample_row (run_id, version_id);

CREATE TABLE timing_row (
  sample_row_id INTEGER PRIMARY KEY REFERENCES sample_row ON DELETE CASCADE,
  position_in_round INTEGER NOT NULL,
  ttft_ms REAL,
  e2e_ms REAL,
  ms_per_token REAL,
  peak_bytes INTEGER
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
  cell_id INTEGER PRIMARY KEY REFERENCES cell_plan ON DELETE CASCADE,
  n INTEGER NOT NULL,  -- samples with status ok
  n_oom INTEGER NOT NULL,
  n_error INTEGER NOT NULL,
  n_invalid INTEGER NOT NULL,
  rounds INTEGER NOT NULL,
  pairs INTEGER NOT NULL,  -- timed pairs (sample, round) with the baseline
  random_weights INTEGER NOT NULL,
  git_dirty INTEGER NOT NULL,
  prompt_tokens_mean REAL,
  new_tokens_mean REAL,
  ttft_ms_median REAL,
  ttft_ms_q1 REAL,
  ttft_ms_q3 REAL,
  e2e_ms_median REAL,
  ms_per_token_median REAL,
  peak_bytes_max REAL,
  speedup_ttft REAL,
  speedup_ttft_low REAL,
  speedup_ttft_high REAL,
  speedup_ttft_of_means REAL,
  speedup_e2e REAL,
  speedup_e2e_low REAL,
  speedup_e2e_high REAL,
  ideal_speedup REAL,
  kv_ratio REAL,
  kl_first_token_mean REAL,
  kl_first_token_stderr REAL,
  greedy_match_mean REAL,
  answer_nll_mean REAL,
  answer_nll_stderr REAL,
  answer_nll_delta REAL,
  answer_nll_delta_stderr REAL,
  answer_nll_delta_low REAL,
  answer_nll_delta_high REAL,
  attention_share REAL,
  ffn_share REAL,
  attention_pair_share REAL,
  kv_share REAL,
  decode_ffn_share REAL,
  active REAL,
  inactive_reason TEXT NOT NULL,  -- the most frequent one
  error TEXT NOT NULL  -- of the first row that has one
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
ALTER TABLE cell_summary ADD COLUMN pairs_e2e INTEGER NOT NULL DEFAULT 0;  -- of equal new_tokens
ALTER TABLE cell_summary ADD COLUMN rows_oom INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cell_summary ADD COLUMN rows_error INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cell_summary ADD COLUMN rows_invalid INTEGER NOT NULL DEFAULT 0;
-- As column error, which is about rows of status error alone.
ALTER TABLE cell_summary ADD COLUMN oom_reason TEXT NOT NULL DEFAULT '';
ALTER TABLE cell_summary ADD COLUMN invalid_reason TEXT NOT NULL DEFAULT '';
)sql";

/// Version 3 has p-values, medians of paired ratios and the timings' noise; runs have a name that
/// no other database's runs have, so that merged ones are told apart.
inline constexpr char kSchemaVersion3[] = R"sql(
-- 32 random hexadecimal digits; empty for runs of earlier versions.
ALTER TABLE run ADD COLUMN token TEXT NOT NULL DEFAULT '';

DELETE FROM score_summary;
DELETE FROM cell_summary;
ALTER TABLE cell_summary ADD COLUMN speedup_ttft_median REAL;
ALTER TABLE cell_summary ADD COLUMN speedup_ttft_median_low REAL;
ALTER TABLE cell_summary ADD COLUMN speedup_ttft_median_high REAL;
ALTER TABLE cell_summary ADD COLUMN speedup_e2e_of_means REAL;
ALTER TABLE cell_summary ADD COLUMN ttft_spread REAL;
ALTER TABLE cell_summary ADD COLUMN answer_nll_delta_p REAL;
ALTER TABLE cell_summary ADD COLUMN answer_nll_best_label TEXT NOT NULL DEFAULT '';
ALTER TABLE cell_summary ADD COLUMN answer_nll_best_p REAL;
ALTER TABLE score_summary ADD COLUMN score_delta_p REAL;
ALTER TABLE score_summary ADD COLUMN best_label TEXT NOT NULL DEFAULT '';
ALTER TABLE score_summary ADD COLUMN best_p REAL;
)sql";

/// Before the tables under them change.
inline constexpr char kDropViews[] = R"sql(
DROP VIEW IF EXISTS cells;
DROP VIEW IF EXISTS cell_details;
DROP VIEW IF EXISTS samples;
)sql";

inline constexpr char kViews[] = R"sql(
-- Figures of rows that did not end well are NULL. `current`: the tables count the row; the others
-- are of an earlier version of the code, data or parameters, or left the plan.
CREATE VIEW samples AS
SELECT c.experiment, c.model, v.method, c.label, v.params, c.task, c.subset, s.sample_id, m.metric,
  m.score, s.prediction, s.prompt_tokens, s.truncated_tokens,
  CASE s.status WHEN 'ok' THEN s.new_tokens END AS new_tokens, s.finish_reason,
  t.ttft_ms, t.e2e_ms, t.ms_per_token, s.round, t.position_in_round, t.peak_bytes,
  CASE s.status WHEN 'ok' THEN s.kv_bytes END AS kv_bytes,
  CASE s.status WHEN 'ok' THEN s.flops END AS flops,
  s.kl_first_token, s.greedy_match, s.answer_nll,
  CASE s.status WHEN 'ok' THEN s.attention_share END AS attention_share,
  CASE s.status WHEN 'ok' THEN s.ffn_share END AS ffn_share,
  CASE s.status WHEN 'ok' THEN s.attention_pair_share END AS attention_pair_share,
  CASE s.status WHEN 'ok' THEN s.kv_share END AS kv_share,
  s.decode_ffn_share, CASE s.status WHEN 'ok' THEN s.active END AS active, s.inactive_reason,
  s.status, v.device AS gpu, v.dtype, v.code_version, s.run_id,
  c.version_id IS s.version_id AND s.in_plan AND c.in_plan AS current
FROM sample_row s
JOIN cell_version v ON v.id = s.version_id
JOIN cell_plan c ON c.id = v.cell_id
LEFT JOIN timing_row t ON t.sample_row_id = s.id
LEFT JOIN score_row m ON m.sample_row_id = s.id;

-- n is counted afresh where a summary is absent; the other figures are then NULL.
CREATE VIEW cell_details AS
SELECT c.id AS cell_id, c.experiment, c.model, c.method, c.label, c.task, c.subset, m.metric,
  coalesce(s.n, (SELECT count(DISTINCT r.sample_id) FROM sample_row r
                 WHERE r.version_id = c.version_id AND r.in_plan AND r.status = 'ok')) AS n,
  c.expected_n, c.is_baseline, c.label_order, p.score, p.score_stderr, p.score_delta,
  p.score_delta_stderr, p.score_delta_low, p.score_delta_high, s.n_oom, s.n_error, s.n_invalid,
  s.rounds, s.pairs, s.random_weights, s.git_dirty, s.prompt_tokens_mean, s.new_tokens_mean,
  s.ttft_ms_median, s.ttft_ms_q1, s.ttft_ms_q3, s.e2e_ms_median, s.ms_per_token_median,
  s.peak_bytes_max, s.speedup_ttft, s.speedup_ttft_low, s.speedup_ttft_high,
  s.speedup_ttft_of_means, s.speedup_e2e, s.speedup_e2e_low, s.speedup_e2e_high, s.ideal_speedup,
  s.kv_ratio, s.kl_first_token_mean, s.kl_first_token_stderr, s.greedy_match_mean,
  s.answer_nll_mean, s.answer_nll_stderr, s.answer_nll_delta, s.answer_nll_delta_stderr,
  s.answer_nll_delta_low, s.answer_nll_delta_high, s.attention_share, s.ffn_share,
  s.attention_pair_share, s.kv_share, s.decode_ffn_share, s.active, s.inactive_reason, s.error,
  v.params, v.dtype, v.device, v.code_version, v.model_hash, v.data_hash, v.protocol_hash, v.seed,
  c.in_plan, s.pairs_e2e, s.rows_oom, s.rows_error, s.rows_invalid, s.oom_reason, s.invalid_reason,
  s.speedup_ttft_median, s.speedup_ttft_median_low, s.speedup_ttft_median_high,
  s.speedup_e2e_of_means, s.ttft_spread, s.answer_nll_delta_p, p.score_delta_p
FROM cell_plan c
LEFT JOIN cell_version v ON v.id = c.version_id
LEFT JOIN cell_metric m ON m.cell_id = c.id
LEFT JOIN cell_summary s ON s.cell_id = c.id
LEFT JOIN score_summary p ON p.cell_id = c.id AND p.metric = m.metric;

CREATE VIEW cells AS
SELECT experiment, model, method, label, task, subset, metric, n, expected_n, score, score_stderr,
  ttft_ms_median, speedup_ttft, speedup_ttft_low, speedup_ttft_high, speedup_e2e, ideal_speedup,
  kv_ratio, kl_first_token_mean, answer_nll_mean, attention_share, ffn_share, kv_share, active,
  in_plan
FROM cell_details;
)sql";

}  // namespace skipbench
