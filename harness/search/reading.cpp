#include "harness/search/reading.h"

#include <fmt/format.h>

#include <cmath>

namespace skipbench {
namespace {

/// Speed-ups are averaged by their logarithms, as everywhere.
bool is_speedup(SearchFigure figure) {
  return figure == SearchFigure::kSpeedupTtft || figure == SearchFigure::kIdealSpeedup;
}

/// What tasks are averaged by: of speed-ups the logarithm.
struct CellFigure {
  std::optional<double> value, standard_error;
};

CellFigure logarithm_of(const MeanRatio& ratio) {
  if (!ratio.mean) return {};
  return {std::log(*ratio.mean), ratio.log_error()};
}

CellFigure logarithm_of(const std::optional<double>& counted) {
  return counted ? CellFigure{std::log(*counted), 0.0} : CellFigure{};
}

CellFigure score_drop(const CellSummary& cell) {
  if (cell.metrics.empty() || !cell.metrics.front().score_delta) return {};
  return {-*cell.metrics.front().score_delta, cell.metrics.front().score_delta_stderr};
}

CellFigure figure_of(SearchFigure figure, const CellSummary& cell) {
  switch (figure) {
    case SearchFigure::kKl:
      // Of a method that leaves the first token as it is, by the tokens after it.
      if (!cell.kl_first_token_mean) return {cell.kl_decoded_mean, cell.kl_decoded_stderr};
      return {cell.kl_first_token_mean, cell.kl_first_token_stderr};
    case SearchFigure::kScoreDrop:
      return score_drop(cell);
    case SearchFigure::kAnswerNllIncrease:
      return {cell.answer_nll_delta, cell.answer_nll_delta_stderr};
    case SearchFigure::kSpeedupTtft:
      return logarithm_of(speedup_ttft(cell));
    case SearchFigure::kIdealSpeedup:
      return logarithm_of(cell.ideal_speedup);
    case SearchFigure::kKvRatio:
      return {cell.kv_ratio, 0.0};
  }
  return {};
}

std::string failure_of(const CellSummary& cell) {
  if (cell.rows_invalid > 0) return "invalid: " + cell.invalid_reason;
  if (cell.rows_oom > 0) return "out of memory: " + cell.oom_reason;
  if (cell.rows_error > 0) return "failed: " + cell.error;
  return "";
}

struct Sum {
  double values = 0, squares = 0;
  int64_t count = 0;
  bool with_errors = true;

  void add(const CellFigure& figure) {
    if (!figure.value) return;
    values += *figure.value;
    ++count;
    with_errors = with_errors && figure.standard_error;
    if (figure.standard_error) squares += *figure.standard_error * *figure.standard_error;
  }
  std::optional<double> mean() const {
    return count > 0 ? std::optional(values / static_cast<double>(count)) : std::nullopt;
  }
  std::optional<double> standard_error() const {
    if (count == 0 || !with_errors) return std::nullopt;
    return std::sqrt(squares) / static_cast<double>(count);
  }
};

}  // namespace

Probe read_probe(double factor, SearchFigure figure, std::span<const CellSummary> cells) {
  Probe probe{.factor = factor};
  Sum sum, ideal, kv, decode_kv, decode_ffn;
  for (const CellSummary& cell : cells) {
    sum.add(figure_of(figure, cell));
    ideal.add(figure_of(SearchFigure::kIdealSpeedup, cell));
    kv.add(figure_of(SearchFigure::kKvRatio, cell));
    decode_kv.add({cell.decode_kv_share, std::nullopt});
    decode_ffn.add({cell.decode_ffn_share, std::nullopt});
    if (probe.why.empty()) probe.why = failure_of(cell);
  }
  probe.ideal_speedup = std::exp(ideal.mean().value_or(0));
  probe.kv_ratio = kv.mean().value_or(1);
  probe.decode_kv_share = decode_kv.mean().value_or(1);
  probe.decode_ffn_share = decode_ffn.mean().value_or(1);
  if (!probe.why.empty()) return probe;
  probe.value = sum.mean();
  probe.standard_error = sum.standard_error();
  if (is_speedup(figure) && probe.value) {
    probe.value = std::exp(*probe.value);
    if (probe.standard_error) probe.standard_error = *probe.value * *probe.standard_error;
  }
  if (!probe.value) probe.why = fmt::format("no task has {}", figure_name(figure));
  return probe;
}

}  // namespace skipbench
