#include "harness/report/judge/fields.h"

#include <algorithm>
#include <array>

#include "harness/report/judge/pareto.h"
#include "harness/statistics/paired_difference.h"
#include "harness/summary/speedup_limit.h"
#include "harness/summary/timing_noise.h"
#include "kernels/base/error.h"

namespace skipbench {
namespace {

FieldValue optional_value(const std::optional<double>& value) {
  return value ? FieldValue(*value) : FieldValue();
}

FieldValue name_value(std::string_view name) {
  return name.empty() ? FieldValue() : FieldValue(std::string(name));
}

FieldValue place_value(const Standing& standing) {
  return name_value(place_name(standing));
}

/// A getter of a member of the cell's summary.
template <auto Member>
FieldValue figure(const JudgedCell& cell) {
  return optional_value(cell.record.summary.*Member);
}
/// A standard error of so many samples.
template <auto Member>
FieldValue error_figure(const JudgedCell& cell) {
  const CellSummary& s = cell.record.summary;
  return optional_value(shown_error(s.n, s.*Member));
}
/// Of a difference, whose own samples its interval has counted.
FieldValue delta_error(const std::optional<double>& error, const std::optional<double>& low) {
  return low ? optional_value(error) : FieldValue();
}
/// A single time has no quartiles.
template <auto Member>
FieldValue quartile(const JudgedCell& cell) {
  const CellSummary& s = cell.record.summary;
  return s.n * s.rounds > 1 ? optional_value(s.*Member) : FieldValue();
}
template <auto Member>
FieldValue fact(const JudgedCell& cell) {
  return FieldValue(cell.record.summary.*Member);
}
template <auto Member>
FieldValue plan(const JudgedCell& cell) {
  return FieldValue(cell.record.plan.*Member);
}
template <auto Member>
FieldValue version(const JudgedCell& cell) {
  return FieldValue(cell.record.version.*Member);
}
template <auto Member>
FieldValue metric_figure(const JudgedCell& cell, size_t metric) {
  return optional_value(cell.record.summary.metrics[metric].*Member);
}

using Summary = CellSummary;

constexpr std::array kCellFields{
    CellField{"experiment", "experiment", Unit::kText, "", false, plan<&PlannedCell::experiment>},
    CellField{"model", "model", Unit::kText, "", false, plan<&PlannedCell::model>},
    CellField{"method", "method", Unit::kText, "", false, plan<&PlannedCell::method>},
    CellField{"label", "method", Unit::kText, "", false, plan<&PlannedCell::label>},
    CellField{"task", "task", Unit::kText, "", false, plan<&PlannedCell::task>},
    CellField{"subset", "subset", Unit::kText, "", false, plan<&PlannedCell::subset>},
    CellField{"state", "state", Unit::kText, "ok, or why there are no figures", false,
              [](const JudgedCell& cell) {
                return FieldValue(std::string(cell_state_name(cell.state)));
              }},
    CellField{"n", "n", Unit::kCount, "samples that ended well", false, fact<&Summary::n>},
    CellField{"expected_n", "expected n", Unit::kCount, "samples of a complete run", false,
              plan<&PlannedCell::expected_n>},
    CellField{"n_oom", "oom", Unit::kCount, "samples that ran out of memory", false,
              fact<&Summary::n_oom>},
    CellField{"n_error", "failed", Unit::kCount, "samples that failed", false,
              fact<&Summary::n_error>},
    CellField{"n_invalid", "invalid", Unit::kCount, "samples under a failed self-check", false,
              fact<&Summary::n_invalid>},
    CellField{"rows_oom", "oom rows", Unit::kCount,
              "samples x rounds that ran out of memory, also of samples that ended well once",
              false, fact<&Summary::rows_oom>},
    CellField{"rows_error", "failed rows", Unit::kCount, "the same for failures", false,
              fact<&Summary::rows_error>},
    CellField{"rows_invalid", "invalid rows", Unit::kCount, "the same for failed self-checks",
              false, fact<&Summary::rows_invalid>},
    CellField{"rounds", "rounds", Unit::kCount, "timed repeats of a sample", false,
              fact<&Summary::rounds>},
    CellField{"prompt_tokens_mean", "prompt tokens", Unit::kCount, "mean", false,
              figure<&Summary::prompt_tokens_mean>},
    CellField{"new_tokens_mean", "new tokens", Unit::kCount, "mean", true,
              figure<&Summary::new_tokens_mean>},
    CellField{"ttft_ms_median", "TTFT ms", Unit::kMilliseconds,
              "median time to first token over all timed rows", true,
              figure<&Summary::ttft_ms_median>},
    CellField{"ttft_ms_q1", "q1", Unit::kMilliseconds, "first quartile", true,
              quartile<&Summary::ttft_ms_q1>},
    CellField{"ttft_ms_q3", "q3", Unit::kMilliseconds, "third quartile", true,
              quartile<&Summary::ttft_ms_q3>},
    CellField{"ttft_device_ms_median", "device ms", Unit::kMilliseconds,
              "median time to first token between events on the GPU", true,
              figure<&Summary::ttft_device_ms_median>},
    CellField{"idle_share", "GPU idle", Unit::kShare,
              "median share of the time to first token in which the GPU waited for the host", true,
              figure<&Summary::idle_share>},
    CellField{"e2e_ms_median", "end to end ms", Unit::kMilliseconds, "median until the last token",
              true, figure<&Summary::e2e_ms_median>},
    CellField{"ms_per_token_median", "ms/token", Unit::kMilliseconds,
              "median of a sample's mean decode step", true, figure<&Summary::ms_per_token_median>},
    CellField{"peak_bytes_max", "peak memory", Unit::kBytes, "", true,
              figure<&Summary::peak_bytes_max>},
    CellField{"beside_bytes_max", "beside weights and KV", Unit::kBytes,
              "peak memory - weights - KV cache after the prompt, the largest sample's", true,
              figure<&Summary::beside_bytes_max>},
    CellField{"pairs", "pairs", Unit::kCount,
              "samples x rounds timed in one run under the baseline and the method", true,
              fact<&Summary::pairs>},
    CellField{"pairs_e2e", "pairs end to end", Unit::kCount,
              "of these, with equally many new tokens", true, fact<&Summary::pairs_e2e>},
    CellField{"pairs_other_path", "pairs of two paths", Unit::kCount,
              "others with equally many new tokens, of which one side alone was decoded by a CUDA "
              "graph: no ratio end to end",
              true, fact<&Summary::pairs_other_path>},
    CellField{"speedup_ttft", "speed-up", Unit::kRatio,
              "geometric mean of the paired TTFT ratios baseline / method", true,
              figure<&Summary::speedup_ttft>},
    CellField{"speedup_ttft_low", "low", Unit::kRatio, kSpeedupInterval, true,
              figure<&Summary::speedup_ttft_low>},
    CellField{"speedup_ttft_high", "high", Unit::kRatio, kSpeedupInterval, true,
              figure<&Summary::speedup_ttft_high>},
    CellField{"speedup_ttft_of_means", "ratio of means", Unit::kRatio,
              "the same pairs' mean TTFT of the baseline / mean TTFT of the method", true,
              figure<&Summary::speedup_ttft_of_means>},
    CellField{"speedup_ttft_median", "median", Unit::kRatio, "median of the same paired ratios",
              true, figure<&Summary::speedup_ttft_median>},
    CellField{"speedup_ttft_median_low", "low", Unit::kRatio, kMedianInterval, true,
              figure<&Summary::speedup_ttft_median_low>},
    CellField{"speedup_ttft_median_high", "high", Unit::kRatio, kMedianInterval, true,
              figure<&Summary::speedup_ttft_median_high>},
    CellField{"speedup_ttft_limit", "limit", Unit::kRatio,
              "the most that the saved work allows: what it saves of attention or of products, "
              "whichever is more",
              true, figure<&Summary::speedup_ttft_limit>},
    CellField{"too_fast", "too fast", Unit::kText,
              "the speed-up's whole interval lies more than 5% above its limit", true,
              [](const JudgedCell& cell) { return FieldValue(is_too_fast(cell.record.summary)); }},
    CellField{
        "speedup_busy", "speed-up of work", Unit::kRatio,
        "the same pairs' geometric mean without the time in which the GPU waited for the host",
        true, figure<&Summary::speedup_busy>},
    CellField{"host_bound", "host-bound", Unit::kText,
              "the GPU waited for the host during more than a tenth of the method's or the "
              "baseline's prefill",
              true, [](const JudgedCell& cell) { return FieldValue(is_host_bound(cell)); }},
    CellField{"ttft_spread", "spread", Unit::kShare,
              "(third - first quartile) / median of a prompt's TTFT over its rounds; median over "
              "prompts with three rounds or more",
              true, figure<&Summary::ttft_spread>},
    CellField{"ttft_noise", "noise", Unit::kText,
              "of the times: stable up to a spread of 3%, noisy up to 10%, unusable above", true,
              [](const JudgedCell& cell) {
                const auto noise = timing_noise(cell.record.summary.ttft_spread);
                return noise == TimingNoise::kUnknown
                           ? FieldValue()
                           : FieldValue(std::string(timing_noise_name(noise)));
              }},
    CellField{"speedup_e2e", "end to end", Unit::kRatio,
              "geometric mean of the paired ratios of the time until the last token, over replies "
              "of equal length",
              true, figure<&Summary::speedup_e2e>},
    CellField{"speedup_e2e_low", "low", Unit::kRatio, kSpeedupInterval, true,
              figure<&Summary::speedup_e2e_low>},
    CellField{"speedup_e2e_high", "high", Unit::kRatio, kSpeedupInterval, true,
              figure<&Summary::speedup_e2e_high>},
    CellField{"speedup_e2e_of_means", "ratio of means", Unit::kRatio,
              "the same for the time until the last token", true,
              figure<&Summary::speedup_e2e_of_means>},
    CellField{
        "ideal_speedup", "ideal", Unit::kRatio,
        "speed-up that the saved FLOPs would give: counted prefill FLOPs of full attention / of "
        "the method",
        true, figure<&Summary::ideal_speedup>},
    CellField{"kv_ratio", "KV size", Unit::kShare, "KV cache bytes / full attention's", true,
              figure<&Summary::kv_ratio>},
    CellField{"kl_first_token_mean", "KL", Unit::kNats,
              "divergence of the first token's distribution from full attention's, nats", true,
              figure<&Summary::kl_first_token_mean>, true},
    CellField{"kl_first_token_stderr", "±", Unit::kNats, "standard error", true,
              error_figure<&Summary::kl_first_token_stderr>, true},
    CellField{"kl_decoded_mean", "KL decoded", Unit::kNats,
              "divergence of what follows each of the answer's first tokens from full attention's, "
              "teacher-forced, nats",
              true, figure<&Summary::kl_decoded_mean>, true},
    CellField{"kl_decoded_stderr", "±", Unit::kNats, "standard error", true,
              error_figure<&Summary::kl_decoded_stderr>, true},
    CellField{"greedy_match_mean", "same tokens", Unit::kShare,
              "greedy tokens equal to full attention's", true, figure<&Summary::greedy_match_mean>,
              true},
    CellField{"answer_nll_mean", "loss", Unit::kNats, "of the gold answer, nats per token", true,
              figure<&Summary::answer_nll_mean>, true},
    CellField{"answer_nll_stderr", "±", Unit::kNats, "standard error", true,
              error_figure<&Summary::answer_nll_stderr>, true},
    CellField{"answer_nll_delta", "Δ loss", Unit::kNatsDelta,
              "mean paired difference of the answer's loss to the baseline", true,
              figure<&Summary::answer_nll_delta>, true},
    CellField{"answer_nll_delta_stderr", "±", Unit::kNats, "standard error", true,
              [](const JudgedCell& cell) {
                const CellSummary& s = cell.record.summary;
                return delta_error(s.answer_nll_delta_stderr, s.answer_nll_delta_low);
              },
              true},
    CellField{"answer_nll_delta_low", "low", Unit::kNatsDelta, kShownInterval, true,
              figure<&Summary::answer_nll_delta_low>, true},
    CellField{"answer_nll_delta_high", "high", Unit::kNatsDelta, kShownInterval, true,
              figure<&Summary::answer_nll_delta_high>, true},
    CellField{"answer_nll_delta_p", "p", Unit::kProbability,
              "of no difference to the baseline, by flipping signs of the paired differences; not "
              "corrected for the number of rows",
              true, figure<&Summary::answer_nll_delta_p>, true},
    CellField{
        "answer_nll_rank", "rank", Unit::kText,
        "best: the lowest loss of the task; tied: not distinguishable from it; alone: worse, but "
        "not once corrected for the number of methods; too few: samples to tell",
        true, [](const JudgedCell& cell) { return place_value(cell.loss_standing); }},
    CellField{"answer_nll_best_p", "p", Unit::kProbability,
              "of no difference to the best, by flipping signs, Holm-corrected over the task", true,
              [](const JudgedCell& cell) { return optional_value(cell.loss_standing.p); }},
    CellField{"pareto", "front", Unit::kText,
              "front: no label has both a better score (or loss, where there is none) and a higher "
              "speed-up; near: one has, but the 95% intervals do not lie apart in both; dominated: "
              "they do",
              true, [](const JudgedCell& cell) { return name_value(front_name(cell.front)); }},
    CellField{"search", "search", Unit::kText, "a setting that a search tried, or chose", false,
              [](const JudgedCell& cell) { return name_value(cell.search); }},
    CellField{"attention_share", "attention", Unit::kShare,
              "tokens that attention updated, mean over layers", true,
              figure<&Summary::attention_share>},
    CellField{"ffn_share", "FFN", Unit::kShare, "tokens that ran the FFN, mean over layers", true,
              figure<&Summary::ffn_share>},
    CellField{"attention_pair_share", "pairs", Unit::kShare, "query-key pairs attended", true,
              figure<&Summary::attention_pair_share>},
    CellField{"kv_share", "KV kept", Unit::kShare, "tokens in the KV cache, mean over layers", true,
              figure<&Summary::kv_share>},
    CellField{"decode_ffn_share", "decode FFN", Unit::kShare, "FFNs run in decode steps", true,
              figure<&Summary::decode_ffn_share>},
    CellField{"decode_kv_share", "decode KV", Unit::kShare,
              "cache rows attended in decode steps / full attention's", true,
              figure<&Summary::decode_kv_share>},
    CellField{"decode_path", "decoded by", Unit::kText,
              "graph: each step replays a CUDA graph; eager: each operation is launched", false,
              fact<&Summary::decode_path>},
    CellField{"eager_reason", "why eager", Unit::kText, "", false, fact<&Summary::eager_reason>},
    CellField{"slow_prefill", "slow path in the prefill", Unit::kText,
              "operations that ran as something slower than their kernel, and why", false,
              fact<&Summary::slow_prefill>},
    CellField{"slow_decode", "slow path in decode steps", Unit::kText, "", false,
              fact<&Summary::slow_decode>},
    CellField{"profiles", "profiles", Unit::kCount, "samples with a profile", false,
              fact<&Summary::profiles>},
    CellField{"active", "active", Unit::kShare, "samples on which the method skipped something",
              false, figure<&Summary::active>},
    CellField{"inactive_reason", "why inactive", Unit::kText, "", false,
              fact<&Summary::inactive_reason>},
    CellField{"oom_reason", "why oom", Unit::kText, "", false, fact<&Summary::oom_reason>},
    CellField{"error", "error", Unit::kText, "of rows that failed", false, fact<&Summary::error>},
    CellField{"invalid_reason", "why invalid", Unit::kText, "", false,
              fact<&Summary::invalid_reason>},
    CellField{"random_weights", "random weights", Unit::kText, "", false,
              fact<&Summary::random_weights>},
    CellField{"git_dirty", "dirty tree", Unit::kText, "", false, fact<&Summary::git_dirty>},
    CellField{"outdated", "outdated", Unit::kText, "what differs from the newest cells", false,
              [](const JudgedCell& cell) { return FieldValue(cell.outdated_reason); }},
    CellField{"device", "device", Unit::kText, "", false, version<&CellVersion::device>},
    CellField{"dtype", "dtype", Unit::kText, "", false, version<&CellVersion::dtype>},
    CellField{"code_version", "code", Unit::kText, "source hashes: core-method-task-reader", false,
              version<&CellVersion::code_version>},
};

constexpr std::array kMetricFields{
    MetricField{"metric", Unit::kText, "",
                [](const JudgedCell& cell, size_t metric) {
                  return FieldValue(cell.record.summary.metrics[metric].metric);
                }},
    MetricField{"score_n", Unit::kCount, "samples with a score",
                [](const JudgedCell& cell, size_t metric) {
                  return FieldValue(cell.record.summary.metrics[metric].n);
                }},
    MetricField{"score", Unit::kPoints, "mean", metric_figure<&MetricSummary::score>},
    MetricField{"score_stderr", Unit::kPoints, "standard error",
                [](const JudgedCell& cell, size_t metric) {
                  const MetricSummary& m = cell.record.summary.metrics[metric];
                  return optional_value(shown_error(m.n, m.score_stderr));
                }},
    MetricField{"score_delta", Unit::kPointsDelta, "mean paired difference to the baseline",
                metric_figure<&MetricSummary::score_delta>},
    MetricField{"score_delta_stderr", Unit::kPoints, "standard error",
                [](const JudgedCell& cell, size_t metric) {
                  const MetricSummary& m = cell.record.summary.metrics[metric];
                  return delta_error(m.score_delta_stderr, m.score_delta_low);
                }},
    MetricField{"score_delta_low", Unit::kPointsDelta, kShownInterval,
                metric_figure<&MetricSummary::score_delta_low>},
    MetricField{"score_delta_high", Unit::kPointsDelta, kShownInterval,
                metric_figure<&MetricSummary::score_delta_high>},
    MetricField{"score_delta_p", Unit::kProbability,
                "of no difference to the baseline, by flipping signs of the paired differences; "
                "not corrected for the number of rows",
                metric_figure<&MetricSummary::score_delta_p>},
    MetricField{
        "score_rank", Unit::kText,
        "best: the best score of the task; tied: not distinguishable from it; alone: worse, "
        "but not once corrected for the number of methods; too few: samples to tell",
        [](const JudgedCell& cell, size_t metric) {
          return place_value(cell.metric_standings[metric]);
        }},
    MetricField{"score_best_p", Unit::kProbability,
                "of no difference to the best, by flipping signs, Holm-corrected over the task",
                [](const JudgedCell& cell, size_t metric) {
                  return optional_value(cell.metric_standings[metric].p);
                }},
};

}  // namespace

std::span<const CellField> cell_fields() {
  return kCellFields;
}

std::span<const MetricField> metric_fields() {
  return kMetricFields;
}

const CellField& cell_field(std::string_view id) {
  const auto found = std::find_if(kCellFields.begin(), kCellFields.end(),
                                  [id](const CellField& field) { return field.id == id; });
  if (found == kCellFields.end()) throw ContractError("no cell field '" + std::string(id) + "'");
  return *found;
}

FieldValue visible_value(const CellField& field, const JudgedCell& cell) {
  return field.is_figure && !cell.shows_figures() ? FieldValue() : field.get(cell);
}

FieldValue machine_value(const CellField& field, const JudgedCell& cell) {
  const bool is_shown = field.is_accuracy ? cell.shows_accuracy() : cell.shows_figures();
  return field.is_figure && !is_shown ? FieldValue() : field.get(cell);
}

FieldValue machine_value(const MetricField& field, const JudgedCell& cell, size_t metric) {
  const bool is_shown = field.id == "metric" || cell.shows_accuracy();
  return is_shown ? field.get(cell, metric) : FieldValue();
}

std::string interval_field_text(const JudgedCell& cell, std::string_view id) {
  const std::string name(id);
  const CellField& field = cell_field(id);
  return format_interval(visible_value(field, cell), visible_value(cell_field(name + "_low"), cell),
                         visible_value(cell_field(name + "_high"), cell), field.unit);
}

std::string speedup_text(const JudgedCell& cell) {
  return interval_field_text(cell, "speedup_ttft") + speedup_mark(cell);
}

std::string field_text(const JudgedCell& cell, std::string_view id) {
  const CellField& field = cell_field(id);
  return format_value(visible_value(field, cell), field.unit);
}

}  // namespace skipbench
