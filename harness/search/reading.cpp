#include "harness/search/reading.h"

#include <fmt/format.h>

#include <cmath>

namespace skipbench {
namespace {

struct CellFigure {
  std::optional<double> value, standard_error;
};

CellFigure score_drop(const CellSummary& cell) {
  if (cell.metrics.empty() || !cell.metrics.front().score_delta) return {};
  return {-*cell.metrics.front().score_delta, cell.metrics.front().score_delta_stderr};
}

// A 95% interval is about four standard errors wide.
CellFigure speedup_ttft(const CellSummary& cell) {
  constexpr double kWidth = 2 * 1.96;
  CellFigure figure{cell.speedup_ttft, std::nullopt};
  if (cell.speedup_ttft_low && cell.speedup_ttft_high) {
    figure.standard_error = (*cell.speedup_ttft_high - *cell.speedup_ttft_low) / kWidth;
  }
  return figure;
}

CellFigure figure_of(SearchFigure figure, const CellSummary& cell) {
  switch (figure) {
    case SearchFigure::kKl:
      return {cell.kl_first_token_mean, cell.kl_first_token_stderr};
    case SearchFigure::kScoreDrop:
      return score_drop(cell);
    case SearchFigure::kAnswerNllIncrease:
      return {cell.answer_nll_delta, cell.answer_nll_delta_stderr};
    case SearchFigure::kSpeedupTtft:
      return speedup_ttft(cell);
    case SearchFigure::kIdealSpeedup:
      return {cell.ideal_speedup, 0.0};
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
  probe.ideal_speedup = ideal.mean().value_or(1);
  probe.kv_ratio = kv.mean().value_or(1);
  probe.decode_kv_share = decode_kv.mean().value_or(1);
  probe.decode_ffn_share = decode_ffn.mean().value_or(1);
  if (!probe.why.empty()) return probe;
  probe.value = sum.mean();
  probe.standard_error = sum.standard_error();
  if (!probe.value) probe.why = fmt::format("no task has {}", figure_name(figure));
  return probe;
}

}  // namespace skipbench
