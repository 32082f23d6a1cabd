#include "harness/summary/summary.h"

#include <algorithm>
#include <map>
#include <string>

#include "harness/statistics/paired_difference.h"
#include "harness/statistics/score_difference.h"
#include "harness/summary/pairs.h"
#include "harness/summary/speedup_limit.h"
#include "harness/summary/timing_noise.h"

namespace skipbench {
namespace {

using Rows = std::span<const Observation>;

template <class Value>
RowFigure member(Value RowColumns::*field) {
  return [field](const Observation& row) -> std::optional<double> { return row.*field; };
}

std::vector<Observation> only_ok(Rows rows) {
  std::vector<Observation> kept;
  for (const Observation& row : rows) {
    if (row.status == RowStatus::kOk) kept.push_back(row);
  }
  return kept;
}

Estimate mean_over_samples(Rows rows, const RowFigure& value) {
  return estimate_mean(values_of(rows, value));
}

std::optional<double> ratio_of_sums(Rows rows, int64_t RowColumns::*top,
                                    int64_t RowColumns::*bottom) {
  double above = 0, below = 0;
  for (const Observation& row : rows) {
    above += static_cast<double>(row.*top);
    below += static_cast<double>(row.*bottom);
  }
  return below > 0 ? std::optional(above / below) : std::nullopt;
}

std::vector<double> present(Rows rows, const RowFigure& value) {
  std::vector<double> values;
  for (const Observation& row : rows) {
    if (const auto v = value(row)) values.push_back(*v);
  }
  return values;
}

/// A sample counts once, by the best end that one of its rounds came to.
void count_samples(Rows rows, CellSummary& summary) {
  for (size_t begin = 0, end = 0; begin < rows.size(); begin = end) {
    RowStatus best = rows[begin].status;
    for (; end < rows.size() && rows[end].sample_id == rows[begin].sample_id; ++end) {
      best = std::min(best, rows[end].status);
    }
    summary.rounds = std::max(summary.rounds, static_cast<int64_t>(end - begin));
    switch (best) {
      case RowStatus::kOk:
        ++summary.n;
        break;
      case RowStatus::kOom:
        ++summary.n_oom;
        break;
      case RowStatus::kError:
        ++summary.n_error;
        break;
      case RowStatus::kInvalid:
        ++summary.n_invalid;
        break;
    }
  }
}

void count_failed_row(const Observation& row, int64_t& count, std::string& reason) {
  if (count++ == 0) reason = row.error;
}

/// Every row, also those of a sample that ended well in another round.
void add_failures(Rows rows, CellSummary& summary) {
  for (const Observation& row : rows) {
    switch (row.status) {
      case RowStatus::kOk:
        break;
      case RowStatus::kOom:
        count_failed_row(row, summary.rows_oom, summary.oom_reason);
        break;
      case RowStatus::kError:
        count_failed_row(row, summary.rows_error, summary.error);
        break;
      case RowStatus::kInvalid:
        count_failed_row(row, summary.rows_invalid, summary.invalid_reason);
        break;
    }
  }
}

void add_reasons(Rows rows, CellSummary& summary) {
  std::map<std::string, int64_t> reasons;
  for (const Observation& row : rows) {
    if (!row.inactive_reason.empty()) ++reasons[row.inactive_reason];
    summary.random_weights |= row.random_weights;
  }
  const auto most = std::max_element(
      reasons.begin(), reasons.end(),
      [](const auto& left, const auto& right) { return left.second < right.second; });
  if (most != reasons.end()) summary.inactive_reason = most->first;
}

/// What the row's peak memory holds beside the weights and the sample's KV cache.
std::optional<double> beside_weights_and_kv(const Observation& row) {
  if (!row.peak_bytes || !row.weights_bytes) return std::nullopt;
  return *row.peak_bytes - *row.weights_bytes - row.kv_bytes;
}

void add_decode_path(Rows rows, CellSummary& summary) {
  for (const Observation& row : rows) {
    if (row.decode_path.value_or("").empty()) continue;
    if (summary.decode_path.empty()) summary.decode_path = *row.decode_path;
    if (summary.decode_path != *row.decode_path) summary.decode_path = "mixed";
    if (summary.eager_reason.empty()) summary.eager_reason = row.eager_reason;
  }
}

void add_slow_paths(Rows rows, CellSummary& summary) {
  for (const Observation& row : rows) {
    if (summary.slow_prefill.empty()) summary.slow_prefill = row.slow_prefill;
    if (summary.slow_decode.empty()) summary.slow_decode = row.slow_decode;
  }
}

// The share of a GPU's time to the first token in which it waited for the host; of two prefills, so
// that a row's may be a little below 0. A time off the kernels is not the method's.
std::optional<double> idle_share(const Observation& row) {
  if (!row.busy_ms || row.ttft_device_ms.value_or(0) <= 0) return std::nullopt;
  return row.slow_prefill.empty() ? std::optional(1 - *row.busy_ms / *row.ttft_device_ms)
                                  : std::nullopt;
}

// Of a prompt's rounds in one run each: what passes between two runs is no noise of rounds.
PromptValues ttft_by_run(Rows rows) {
  PromptValues values;
  const Observation* last = nullptr;
  for (const Observation& row : rows) {
    if (!row.ttft_ms) continue;
    if (!last || last->sample_id != row.sample_id || last->run != row.run) values.begin_prompt();
    values.add(*row.ttft_ms);
    last = &row;
  }
  return values;
}

void add_times(Rows rows, CellSummary& summary) {
  summary.ttft_spread = timing_spread(ttft_by_run(rows));
  std::vector<double> ttft = present(rows, member(&Observation::ttft_ms));
  summary.ttft_ms_median = quantile(ttft, 0.5);
  summary.ttft_ms_q1 = quantile(ttft, 0.25);
  summary.ttft_ms_q3 = quantile(ttft, 0.75);
  std::vector<double> device = present(rows, member(&Observation::ttft_device_ms));
  summary.ttft_device_ms_median = quantile(device, 0.5);
  std::vector<double> idle = present(rows, idle_share);
  if (!idle.empty()) summary.idle_share = std::max(0.0, *quantile(idle, 0.5));
  std::vector<double> e2e = present(rows, member(&Observation::e2e_ms));
  summary.e2e_ms_median = quantile(e2e, 0.5);
  std::vector<double> per_token = present(rows, member(&Observation::ms_per_token));
  summary.ms_per_token_median = quantile(per_token, 0.5);
  std::vector<double> peak = present(rows, member(&Observation::peak_bytes));
  summary.peak_bytes_max = quantile(peak, 1);
  std::vector<double> beside = present(rows, beside_weights_and_kv);
  summary.beside_bytes_max = quantile(beside, 1);
}

void add_work(Rows rows, CellSummary& summary) {
  const auto average = [&rows](const RowFigure& value) {
    return mean_over_samples(rows, value).mean;
  };
  summary.prompt_tokens_mean = average(member(&Observation::prompt_tokens));
  summary.new_tokens_mean = average(member(&Observation::new_tokens));
  summary.ideal_speedup = ratio_of_sums(rows, &Observation::flops_full, &Observation::flops);
  summary.kv_ratio = ratio_of_sums(rows, &Observation::kv_bytes, &Observation::kv_bytes_full);
  summary.attention_share = average(member(&Observation::attention_share));
  summary.ffn_share = average(member(&Observation::ffn_share));
  summary.attention_pair_share = average(member(&Observation::attention_pair_share));
  summary.kv_share = average(member(&Observation::kv_share));
  summary.decode_ffn_share = average(member(&Observation::decode_ffn_share));
  summary.decode_kv_share = average(member(&Observation::decode_kv_share));
  summary.active = average(member(&Observation::active));
}

void add_ttft_speedup(const std::vector<Pair>& pairs, CellSummary& summary) {
  const RowFigure ttft = member(&Observation::ttft_ms);
  const PromptValues ratios = paired_speedups(pairs, ttft);
  summary.pairs = static_cast<int64_t>(ratios.size());
  const MeanRatio speedup = mean_ratio(ratios);
  summary.speedup_ttft = speedup.mean;
  summary.speedup_ttft_degrees = speedup.degrees;
  if (speedup.interval) {
    summary.speedup_ttft_low = speedup.interval->low;
    summary.speedup_ttft_high = speedup.interval->high;
  }
  summary.speedup_ttft_of_means = ratio_of_means(pairs, ttft);
  const MedianEstimate middle = estimate_median(ratios);
  summary.speedup_ttft_median = middle.median;
  if (middle.interval) {
    summary.speedup_ttft_median_low = middle.interval->low;
    summary.speedup_ttft_median_high = middle.interval->high;
  }
  const PromptValues limits = values_of_pairs(pairs, [](const Pair& pair) {
    const bool is_timed = pair.method->ttft_ms && pair.baseline->ttft_ms;
    return is_timed ? speedup_limit(pair) : std::nullopt;
  });
  if (limits.size() == ratios.size()) summary.speedup_ttft_limit = mean_ratio(limits).mean;
  summary.speedup_busy = mean_ratio(paired_speedups(pairs, member(&Observation::busy_ms))).mean;
}

void add_e2e_speedup(const std::vector<Pair>& pairs, CellSummary& summary) {
  const RowFigure e2e = member(&Observation::e2e_ms);
  const PromptValues ratios = paired_speedups(pairs, e2e);
  summary.pairs_e2e = static_cast<int64_t>(ratios.size());
  const MeanRatio speedup = mean_ratio(ratios);
  summary.speedup_e2e = speedup.mean;
  summary.speedup_e2e_degrees = speedup.degrees;
  if (speedup.interval) {
    summary.speedup_e2e_low = speedup.interval->low;
    summary.speedup_e2e_high = speedup.interval->high;
  }
  summary.speedup_e2e_of_means = ratio_of_means(pairs, e2e);
}

/// Compared with itself there is no uncertainty to show.
void drop_speedup_intervals(CellSummary& summary) {
  summary.speedup_ttft_low = summary.speedup_ttft_high = std::nullopt;
  summary.speedup_ttft_median_low = summary.speedup_ttft_median_high = std::nullopt;
  summary.speedup_e2e_low = summary.speedup_e2e_high = std::nullopt;
  summary.speedup_ttft_degrees = summary.speedup_e2e_degrees = 0;
}

MeanRatio ratio_of(const std::optional<double>& mean, const std::optional<double>& low,
                   const std::optional<double>& high, int64_t degrees) {
  MeanRatio ratio{.mean = mean, .degrees = degrees};
  if (low && high) ratio.interval = Interval{*low, *high};
  return ratio;
}

void add_fidelity(Rows rows, CellSummary& summary) {
  const Estimate kl = mean_over_samples(rows, member(&Observation::kl_first_token));
  summary.kl_first_token_mean = kl.mean;
  summary.kl_first_token_stderr = kl.standard_error;
  const Estimate decoded = mean_over_samples(rows, member(&Observation::kl_decoded));
  summary.kl_decoded_mean = decoded.mean;
  summary.kl_decoded_stderr = decoded.standard_error;
  summary.greedy_match_mean = mean_over_samples(rows, member(&Observation::greedy_match)).mean;
  const Estimate loss = mean_over_samples(rows, member(&Observation::answer_nll));
  summary.answer_nll_mean = loss.mean;
  summary.answer_nll_stderr = loss.standard_error;
}

void add_loss_delta(const std::vector<Pair>& pairs, CellSummary& summary) {
  const PromptValues values = paired_differences(pairs, member(&Observation::answer_nll));
  const PairedDifference delta = paired_difference({&values, 1});
  summary.answer_nll_delta = delta.mean;
  summary.answer_nll_delta_stderr = delta.standard_error;
  if (delta.interval) {
    summary.answer_nll_delta_low = delta.interval->low;
    summary.answer_nll_delta_high = delta.interval->high;
  }
  if (delta.mean) summary.answer_nll_delta_p = delta.p.value;
}

MetricSummary summarise_metric(const std::string& metric, const RowFigure& score, Rows rows,
                               const std::vector<Pair>& pairs) {
  MetricSummary summary;
  summary.metric = metric;
  const PromptValues scores = values_of(rows, score);
  summary.n = static_cast<int64_t>(scores.prompts());
  const Estimate estimate = estimate_mean(scores);
  summary.score = estimate.mean;
  summary.score_stderr = estimate.standard_error;
  const PromptValues values = paired_differences(pairs, score);
  const PairedDifference delta = score_difference({&values, 1});
  summary.score_delta = delta.mean;
  summary.score_delta_stderr = delta.standard_error;
  if (delta.interval) {
    summary.score_delta_low = delta.interval->low;
    summary.score_delta_high = delta.interval->high;
  }
  if (delta.mean) summary.score_delta_p = delta.p.value;
  return summary;
}

}  // namespace

MeanRatio speedup_ttft(const CellSummary& s) {
  return ratio_of(s.speedup_ttft, s.speedup_ttft_low, s.speedup_ttft_high, s.speedup_ttft_degrees);
}

MeanRatio speedup_e2e(const CellSummary& s) {
  return ratio_of(s.speedup_e2e, s.speedup_e2e_low, s.speedup_e2e_high, s.speedup_e2e_degrees);
}

CellSummary summarise_cell(Rows all_rows, Rows baseline, bool is_baseline,
                           std::span<const std::string> metrics) {
  CellSummary summary;
  count_samples(all_rows, summary);
  add_failures(all_rows, summary);
  add_reasons(all_rows, summary);
  const std::vector<Observation> rows = only_ok(all_rows);
  std::vector<Pair> pairs = pair_rows(rows, baseline);

  add_times(rows, summary);
  add_decode_path(rows, summary);
  add_slow_paths(rows, summary);
  add_work(rows, summary);
  add_ttft_speedup(pairs_that(pairs, ttft_pairs), summary);
  add_e2e_speedup(pairs_that(pairs, e2e_pairs), summary);
  summary.pairs_other_path = static_cast<int64_t>(pairs_that(pairs, paths_differ).size());
  if (is_baseline) {
    drop_speedup_intervals(summary);
    pairs.clear();  // there are no differences to show
  }
  const bool has_accuracy = !summary.random_weights;
  if (has_accuracy) {
    add_fidelity(rows, summary);
    add_loss_delta(pairs, summary);
  }
  for (size_t i = 0; i < metrics.size(); ++i) {
    const RowFigure score = [i, has_accuracy](const Observation& row) {
      return has_accuracy ? row.scores[i] : std::nullopt;
    };
    summary.metrics.push_back(summarise_metric(metrics[i], score, rows, pairs));
  }
  return summary;
}

}  // namespace skipbench
