#pragma once

namespace skipbench {

/// Before the tables under them change.
inline constexpr char kDropViews[] = R"sql(
DROP VIEW IF EXISTS cells;
DROP VIEW IF EXISTS cell_details;
DROP VIEW IF EXISTS samples;
DROP VIEW IF EXISTS profiles;
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
  c.version_id IS s.version_id AND s.in_plan AND c.in_plan AS current,
  CASE s.status WHEN 'ok' THEN s.decode_path END AS decode_path, s.eager_reason, s.decode_kv_share,
  t.ttft_device_ms, t.weights_bytes
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
  s.speedup_e2e_of_means, s.ttft_spread, s.answer_nll_delta_p, p.score_delta_p,
  s.decode_path, s.eager_reason, s.pairs_other_path, s.ttft_device_ms_median, s.beside_bytes_max,
  s.decode_kv_share, s.profiles, s.speedup_ttft_limit
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

-- Milliseconds by phase (prefill, or one decode step), layer (NULL: outside the layers) and group of
-- operations, and the share of the phase.
CREATE VIEW profiles AS
SELECT c.experiment, c.model, c.method, c.label, c.task, c.subset, p.phase,
  nullif(p.layer, -1) AS layer, p.operations, p.ms,
  p.ms / (SELECT sum(a.ms) FROM profile_summary a WHERE a.cell_id = c.id AND a.phase = p.phase)
    AS share,
  s.profiles AS n
FROM cell_plan c
JOIN cell_summary s ON s.cell_id = c.id
JOIN profile_summary p ON p.cell_id = c.id;
)sql";

}  // namespace skipbench
