#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "harness/statistics/mean_ratio.h"
#include "harness/store/samples/sample_profile.h"
#include "harness/summary/observation.h"

namespace skipbench {

/// The test of a cell against the best of its group; empty for what is not ranked.
struct BestComparison {
  std::string label;        // of the best
  std::optional<double> p;  // of no difference to it, not corrected; empty for the best itself
};

/// One metric of a cell, in points. A delta is the mean over samples of (method - baseline) on the
/// same sample; its p-value as in CellSummary.
struct MetricSummary {
  std::string metric;
  int64_t n = 0;
  std::optional<double> score, score_stderr;
  std::optional<double> score_delta, score_delta_stderr, score_delta_low, score_delta_high,
      score_delta_p;
  BestComparison best;
};

/// Figures over the current rows of one cell. Means are over samples, each sample's rounds averaged
/// first; medians and quartiles over all timed rows. Intervals: of speed-ups mean_ratio(), of
/// differences PairedDifference::interval; p-values (of no difference to the baseline, not
/// corrected for their number): sign_flip_test().
struct CellSummary {
  int64_t n = 0, n_oom = 0, n_error = 0, n_invalid = 0;  // samples, by how they ended
  int64_t rounds = 0;
  int64_t pairs = 0;      // (sample, round) timed by one run under the baseline and this label
  int64_t pairs_e2e = 0;  // of these, with equally many new tokens on one decode path
  int64_t pairs_other_path = 0;                            // paths_differ()
  int64_t rows_oom = 0, rows_error = 0, rows_invalid = 0;  // also of samples that count in n
  bool random_weights = false, git_dirty = false;
  std::optional<double> prompt_tokens_mean, new_tokens_mean;
  std::optional<double> ttft_ms_median, ttft_ms_q1, ttft_ms_q3;
  std::optional<double> ttft_device_ms_median, e2e_ms_median, ms_per_token_median;
  std::optional<double> idle_share;  // median: of a prefill the GPU waited for the host
  std::optional<double> peak_bytes_max, beside_bytes_max;  // the latter less weights and KV cache
  // mean_ratio() of the paired ratios baseline / method, its degrees of freedom, and the ratio of
  // the means.
  std::optional<double> speedup_ttft, speedup_ttft_low, speedup_ttft_high, speedup_ttft_of_means;
  std::optional<double> speedup_e2e, speedup_e2e_low, speedup_e2e_high, speedup_e2e_of_means;
  int64_t speedup_ttft_degrees = 0, speedup_e2e_degrees = 0;
  std::optional<double> speedup_ttft_limit;  // mean_ratio() of the same pairs' speedup_limit()
  std::optional<double> speedup_busy;        // mean_ratio() of the same pairs' busy_ms
  // Median of the same pairs' ratios: estimate_median().
  std::optional<double> speedup_ttft_median, speedup_ttft_median_low, speedup_ttft_median_high;
  std::optional<double> ttft_spread;    // within a prompt: timing_spread()
  std::optional<double> ideal_speedup;  // sum of full FLOPs / sum of FLOPs
  std::optional<double> kv_ratio;       // sum of KV bytes / sum of full attention's KV bytes
  std::optional<double> kl_first_token_mean, kl_first_token_stderr, greedy_match_mean;
  std::optional<double> kl_decoded_mean, kl_decoded_stderr;
  std::optional<double> answer_nll_mean, answer_nll_stderr;
  std::optional<double> answer_nll_delta, answer_nll_delta_stderr, answer_nll_delta_low,
      answer_nll_delta_high, answer_nll_delta_p;
  std::optional<double> attention_share, ffn_share, attention_pair_share, kv_share,
      decode_ffn_share, decode_kv_share;
  std::string decode_path;   // of all rows; "mixed" where they differ, empty where none is known
  std::string eager_reason;  // of the first row that decoded without the CUDA graph
  std::string slow_prefill, slow_decode;  // of the first row that ran something off its kernel
  int64_t profiles = 0;                   // samples that have one
  std::vector<ProfileEntry> profile;      // mean_profile() of them
  BestComparison answer_nll_best;
  std::optional<double> active;  // share of the rows in which the method skipped something
  std::string inactive_reason;
  std::string oom_reason, error, invalid_reason;  // of the first row that ended so
  std::string shown;                              // shown_figures_name() of the cell's state
  std::vector<MetricSummary> metrics;
};

/// Calls visit(column, member, schema version) for the columns of table cell_summary, in their
/// order: a new one stands at the end, with the next version.
template <class Summary, class Visit>
void visit_columns(Summary& s, Visit&& visit) {
  visit("n", s.n, 1);
  visit("n_oom", s.n_oom, 1);
  visit("n_error", s.n_error, 1);
  visit("n_invalid", s.n_invalid, 1);
  visit("rounds", s.rounds, 1);
  visit("pairs", s.pairs, 1);
  visit("random_weights", s.random_weights, 1);
  visit("git_dirty", s.git_dirty, 1);
  visit("prompt_tokens_mean", s.prompt_tokens_mean, 1);
  visit("new_tokens_mean", s.new_tokens_mean, 1);
  visit("ttft_ms_median", s.ttft_ms_median, 1);
  visit("ttft_ms_q1", s.ttft_ms_q1, 1);
  visit("ttft_ms_q3", s.ttft_ms_q3, 1);
  visit("e2e_ms_median", s.e2e_ms_median, 1);
  visit("ms_per_token_median", s.ms_per_token_median, 1);
  visit("peak_bytes_max", s.peak_bytes_max, 1);
  visit("speedup_ttft", s.speedup_ttft, 1);
  visit("speedup_ttft_low", s.speedup_ttft_low, 1);
  visit("speedup_ttft_high", s.speedup_ttft_high, 1);
  visit("speedup_ttft_of_means", s.speedup_ttft_of_means, 1);
  visit("speedup_e2e", s.speedup_e2e, 1);
  visit("speedup_e2e_low", s.speedup_e2e_low, 1);
  visit("speedup_e2e_high", s.speedup_e2e_high, 1);
  visit("ideal_speedup", s.ideal_speedup, 1);
  visit("kv_ratio", s.kv_ratio, 1);
  visit("kl_first_token_mean", s.kl_first_token_mean, 1);
  visit("kl_first_token_stderr", s.kl_first_token_stderr, 1);
  visit("greedy_match_mean", s.greedy_match_mean, 1);
  visit("answer_nll_mean", s.answer_nll_mean, 1);
  visit("answer_nll_stderr", s.answer_nll_stderr, 1);
  visit("answer_nll_delta", s.answer_nll_delta, 1);
  visit("answer_nll_delta_stderr", s.answer_nll_delta_stderr, 1);
  visit("answer_nll_delta_low", s.answer_nll_delta_low, 1);
  visit("answer_nll_delta_high", s.answer_nll_delta_high, 1);
  visit("attention_share", s.attention_share, 1);
  visit("ffn_share", s.ffn_share, 1);
  visit("attention_pair_share", s.attention_pair_share, 1);
  visit("kv_share", s.kv_share, 1);
  visit("decode_ffn_share", s.decode_ffn_share, 1);
  visit("active", s.active, 1);
  visit("inactive_reason", s.inactive_reason, 1);
  visit("error", s.error, 1);
  visit("pairs_e2e", s.pairs_e2e, 2);
  visit("rows_oom", s.rows_oom, 2);
  visit("rows_error", s.rows_error, 2);
  visit("rows_invalid", s.rows_invalid, 2);
  visit("oom_reason", s.oom_reason, 2);
  visit("invalid_reason", s.invalid_reason, 2);
  visit("speedup_ttft_median", s.speedup_ttft_median, 3);
  visit("speedup_ttft_median_low", s.speedup_ttft_median_low, 3);
  visit("speedup_ttft_median_high", s.speedup_ttft_median_high, 3);
  visit("speedup_e2e_of_means", s.speedup_e2e_of_means, 3);
  visit("ttft_spread", s.ttft_spread, 3);
  visit("answer_nll_delta_p", s.answer_nll_delta_p, 3);
  visit("answer_nll_best_label", s.answer_nll_best.label, 3);
  visit("answer_nll_best_p", s.answer_nll_best.p, 3);
  visit("decode_path", s.decode_path, 4);
  visit("eager_reason", s.eager_reason, 4);
  visit("pairs_other_path", s.pairs_other_path, 4);
  visit("ttft_device_ms_median", s.ttft_device_ms_median, 4);
  visit("beside_bytes_max", s.beside_bytes_max, 4);
  visit("decode_kv_share", s.decode_kv_share, 4);
  visit("profiles", s.profiles, 4);
  visit("kl_decoded_mean", s.kl_decoded_mean, 9);
  visit("kl_decoded_stderr", s.kl_decoded_stderr, 9);
  visit("slow_prefill", s.slow_prefill, 9);
  visit("slow_decode", s.slow_decode, 9);
  visit("shown", s.shown, 9);
  visit("speedup_ttft_degrees", s.speedup_ttft_degrees, 9);
  visit("speedup_e2e_degrees", s.speedup_e2e_degrees, 9);
  visit("speedup_ttft_limit", s.speedup_ttft_limit, 9);
  visit("idle_share", s.idle_share, 10);
  visit("speedup_busy", s.speedup_busy, 10);
}

/// The speed-ups with their intervals.
MeanRatio speedup_ttft(const CellSummary& summary);
MeanRatio speedup_e2e(const CellSummary& summary);

/// Computes a cell's figures. Both lists are sorted by sample, then round. `baseline` are the
/// baseline's rows on the same samples; the cell's own rows for the baseline itself (its speed-up
/// is 1 by definition and it has no deltas), empty when there is nothing to compare with.
/// Rows with random weights count for time and work alone.
CellSummary summarise_cell(std::span<const Observation> rows, std::span<const Observation> baseline,
                           bool is_baseline, std::span<const std::string> metrics);

}  // namespace skipbench
