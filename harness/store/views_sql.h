#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "harness/statistics/few_samples.h"
#include "harness/store/row_sql.h"

namespace skipbench {

/// Before the tables under them change.
inline constexpr char kDropViews[] = R"sql(
DROP VIEW IF EXISTS cells;
DROP VIEW IF EXISTS cell_details;
DROP VIEW IF EXISTS samples;
DROP VIEW IF EXISTS profiles;
DROP VIEW IF EXISTS shown_cells;
DROP VIEW IF EXISTS version_code;
)sql";

/// What all cells of a model share with version_code `other`.
inline std::string same_measurement(std::string_view other) {
  return fmt::format(
      "(v.device, v.dtype, v.model_hash, v.seed, v.core) = "
      "({0}.device, {0}.dtype, {0}.model_hash, {0}.seed, {0}.core) "
      "AND (v.reader = {0}.reader OR '' IN (v.reader, {0}.reader))",
      other);
}

inline std::string views_sql() {
  return fmt::format(
      R"sql(
-- Rows as they were measured. Figures of rows that did not end well are NULL. `current`: the tables
-- count the row; the others are of an earlier version of the code, data or parameters, or left the
-- plan.
CREATE VIEW samples AS
SELECT c.experiment, c.model, v.method, c.label, v.params, c.task, c.subset, s.sample_id, m.metric,
  m.score, {first}, s.status, v.device AS gpu, v.dtype, v.code_version, s.run_id,
  c.version_id IS s.version_id AND s.in_plan AND c.in_plan AS current, {later}
FROM sample_row s
JOIN cell_version v ON v.id = s.version_id
JOIN cell_plan c ON c.id = v.cell_id
LEFT JOIN timing_row t ON t.sample_row_id = s.id
LEFT JOIN score_row m ON m.sample_row_id = s.id;

-- What measured a version, by part: "<core>-<method>-<task>-<reader>", '' for parts that it lacks.
CREATE VIEW version_code AS
WITH whole AS (
  SELECT id, iif(instr(code_version, '-'), code_version, '') || '----' AS rest FROM cell_version),
after_core AS (
  SELECT id, substr(rest, 1, instr(rest, '-') - 1) AS core,
    substr(rest, instr(rest, '-') + 1) AS rest FROM whole),
after_method AS (
  SELECT id, core, substr(rest, 1, instr(rest, '-') - 1) AS method,
    substr(rest, instr(rest, '-') + 1) AS rest FROM after_core),
after_task AS (
  SELECT id, core, method, substr(rest, 1, instr(rest, '-') - 1) AS task,
    substr(rest, instr(rest, '-') + 1) AS rest FROM after_method)
SELECT v.id, v.device, v.dtype, v.model_hash, v.seed, v.data_hash, v.protocol_hash, c.core,
  c.method, c.task, substr(c.rest, 1, instr(c.rest, '-') - 1) AS reader
FROM after_task c JOIN cell_version v ON v.id = c.id;

-- Cells with figures of their own, as reports show them (cell_state.h, judged_cell.h): those that no
-- version of newer cells makes outdated; and cells that left the plan, which reports leave out.
CREATE VIEW shown_cells AS
WITH measured AS (
  SELECT c.id, c.experiment, c.model, c.task, c.subset, c.method, c.version_id,
    coalesce(c.run_id, (SELECT max(r.run_id) FROM sample_row r
                        WHERE r.version_id = c.version_id)) AS run
  FROM cell_plan c
  WHERE c.in_plan AND EXISTS (SELECT 1 FROM sample_row r
                              WHERE r.version_id = c.version_id AND r.in_plan)),
newest AS (  -- SQLite takes the other columns from the row of the maximum
  SELECT experiment, model, version_id, max(run) FROM measured GROUP BY experiment, model),
newest_of_task AS (
  SELECT experiment, model, task, subset, version_id, max(run) FROM measured
  GROUP BY experiment, model, task, subset),
newest_of_method AS (
  SELECT experiment, model, method, version_id, max(run) FROM measured
  GROUP BY experiment, model, method)
SELECT c.id AS cell_id, s.shown
FROM cell_plan c
JOIN cell_summary s ON s.cell_id = c.id AND s.shown <> 'none'
JOIN version_code v ON v.id = c.version_id
LEFT JOIN newest n ON n.experiment = c.experiment AND n.model = c.model
LEFT JOIN newest_of_task t ON t.experiment = c.experiment AND t.model = c.model
  AND t.task = c.task AND t.subset = c.subset
LEFT JOIN newest_of_method k ON k.experiment = c.experiment AND k.model = c.model
  AND k.method = c.method
LEFT JOIN version_code a ON a.id = n.version_id
LEFT JOIN version_code b ON b.id = t.version_id
LEFT JOIN version_code m ON m.id = k.version_id
WHERE NOT c.in_plan OR (
  {same_a} AND {same_b} AND {same_m}
  AND (v.data_hash, v.protocol_hash) = (b.data_hash, b.protocol_hash)
  AND (v.task = b.task OR '' IN (v.task, b.task))
  AND (v.method = m.method OR '' IN (v.method, m.method)));

-- Figures that are not the cell's own are NULL: an inactive method has no speed-up. n is counted
-- afresh where a summary is absent; the other figures are then NULL. Standard errors: shown_error()
-- of few_samples.h.
CREATE VIEW cell_details AS
SELECT c.id AS cell_id, c.experiment, c.model, c.method, c.label, c.task, c.subset, m.metric,
  coalesce(s.n, (SELECT count(DISTINCT r.sample_id) FROM sample_row r
                 WHERE r.version_id = c.version_id AND r.in_plan AND r.status = 'ok')) AS n,
  c.expected_n, c.is_baseline, c.label_order, p.score,
  CASE WHEN p.n >= {fewest} AND p.score_stderr > 0 THEN p.score_stderr END AS score_stderr,
  p.score_delta,
  CASE WHEN p.score_delta_low IS NOT NULL THEN p.score_delta_stderr END AS score_delta_stderr,
  p.score_delta_low, p.score_delta_high, s.n_oom, s.n_error, s.n_invalid,
  s.rounds, w.pairs, s.random_weights, s.git_dirty, s.prompt_tokens_mean, w.new_tokens_mean,
  w.ttft_ms_median,
  CASE WHEN w.n * w.rounds > 1 THEN w.ttft_ms_q1 END AS ttft_ms_q1,
  CASE WHEN w.n * w.rounds > 1 THEN w.ttft_ms_q3 END AS ttft_ms_q3, w.e2e_ms_median, w.ms_per_token_median,
  w.peak_bytes_max, w.speedup_ttft, w.speedup_ttft_low, w.speedup_ttft_high,
  w.speedup_ttft_of_means, w.speedup_e2e, w.speedup_e2e_low, w.speedup_e2e_high, w.ideal_speedup,
  w.kv_ratio, a.kl_first_token_mean,
  CASE WHEN a.n >= {fewest} AND a.kl_first_token_stderr > 0 THEN a.kl_first_token_stderr END
    AS kl_first_token_stderr,
  a.greedy_match_mean, a.answer_nll_mean,
  CASE WHEN a.n >= {fewest} AND a.answer_nll_stderr > 0 THEN a.answer_nll_stderr END
    AS answer_nll_stderr,
  a.answer_nll_delta,
  CASE WHEN a.answer_nll_delta_low IS NOT NULL THEN a.answer_nll_delta_stderr END
    AS answer_nll_delta_stderr,
  a.answer_nll_delta_low, a.answer_nll_delta_high, w.attention_share, w.ffn_share,
  w.attention_pair_share, w.kv_share, w.decode_ffn_share, s.active, s.inactive_reason, s.error,
  v.params, v.dtype, v.device, v.code_version, v.model_hash, v.data_hash, v.protocol_hash, v.seed,
  c.in_plan, w.pairs_e2e, s.rows_oom, s.rows_error, s.rows_invalid, s.oom_reason, s.invalid_reason,
  w.speedup_ttft_median, w.speedup_ttft_median_low, w.speedup_ttft_median_high,
  w.speedup_e2e_of_means, w.ttft_spread, a.answer_nll_delta_p, p.score_delta_p,
  s.decode_path, s.eager_reason, w.pairs_other_path, w.ttft_device_ms_median, w.beside_bytes_max,
  w.decode_kv_share, s.profiles, a.kl_decoded_mean,
  CASE WHEN a.n >= {fewest} AND a.kl_decoded_stderr > 0 THEN a.kl_decoded_stderr END
    AS kl_decoded_stderr,
  s.slow_prefill, s.slow_decode, w.speedup_ttft_limit, w.idle_share, w.speedup_busy
FROM cell_plan c
LEFT JOIN cell_version v ON v.id = c.version_id
LEFT JOIN cell_metric m ON m.cell_id = c.id
LEFT JOIN cell_summary s ON s.cell_id = c.id
LEFT JOIN shown_cells h ON h.cell_id = c.id
LEFT JOIN cell_summary a ON a.cell_id = h.cell_id  -- accuracy
LEFT JOIN cell_summary w ON w.cell_id = h.cell_id AND h.shown = 'all'  -- work and times
LEFT JOIN score_summary p ON p.cell_id = h.cell_id AND p.metric = m.metric;

CREATE VIEW cells AS
SELECT experiment, model, method, label, task, subset, metric, n, expected_n, score, score_stderr,
  ttft_ms_median, speedup_ttft, speedup_ttft_low, speedup_ttft_high, speedup_e2e, ideal_speedup,
  kv_ratio, kl_first_token_mean, answer_nll_mean, attention_share, ffn_share, kv_share, active,
  in_plan, kl_decoded_mean, slow_prefill, slow_decode, idle_share
FROM cell_details;

-- Milliseconds by phase (prefill, or one decode step), layer (NULL: outside the layers) and group of
-- operations, and the share of the phase.
CREATE VIEW profiles AS
SELECT c.experiment, c.model, c.method, c.label, c.task, c.subset, p.phase,
  nullif(p.layer, -1) AS layer, p.operations, p.ms,
  p.ms / (SELECT sum(a.ms) FROM profile_summary a WHERE a.cell_id = c.id AND a.phase = p.phase)
    AS share,
  s.profiles AS n
FROM shown_cells h
JOIN cell_plan c ON c.id = h.cell_id AND h.shown = 'all' AND c.in_plan
JOIN cell_summary s ON s.cell_id = c.id
JOIN profile_summary p ON p.cell_id = c.id;
)sql",
      fmt::arg("first", view_columns(/*later=*/false)),
      fmt::arg("later", view_columns(/*later=*/true)), fmt::arg("fewest", kFewestSamples),
      fmt::arg("same_a", same_measurement("a")), fmt::arg("same_b", same_measurement("b")),
      fmt::arg("same_m", same_measurement("m")));
}

}  // namespace skipbench
