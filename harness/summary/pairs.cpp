#include "harness/summary/pairs.h"

#include <tuple>

namespace skipbench {
namespace {

bool ended_well(const Observation& row) {
  return row.status == RowStatus::kOk;
}

/// Adds a value to a sample's, where it is there; calls come sorted by sample.
class BySample {
 public:
  void add(const std::string& sample, const std::optional<double>& value) {
    if (!value) return;
    if (!last_ || *last_ != sample) values_.begin_prompt();
    last_ = &sample;
    values_.add(*value);
  }
  PromptValues take() { return std::move(values_); }

 private:
  PromptValues values_;
  const std::string* last_ = nullptr;
};

PromptValues average_rounds(const PromptValues& values) {
  PromptValues averaged;
  for (size_t i = 0; i < values.prompts(); ++i) {
    averaged.begin_prompt();
    averaged.add(*mean(values.rounds(i)));
  }
  return averaged;
}

}  // namespace

bool ttft_pairs(const Observation& a, const Observation& b) {
  return a.run == b.run && a.slow_prefill.empty() && b.slow_prefill.empty();
}

bool e2e_pairs(const Observation& a, const Observation& b) {
  return ttft_pairs(a, b) && a.new_tokens == b.new_tokens && a.decode_path == b.decode_path &&
         a.slow_decode.empty() && b.slow_decode.empty();
}

bool paths_differ(const Observation& a, const Observation& b) {
  return ttft_pairs(a, b) && a.new_tokens == b.new_tokens && a.decode_path != b.decode_path;
}

std::vector<Pair> pair_rows(std::span<const Observation> method,
                            std::span<const Observation> baseline) {
  const auto key = [](const Observation& row) { return std::tie(row.sample_id, row.round); };
  std::vector<Pair> pairs;
  auto other = baseline.begin();
  for (const Observation& row : method) {
    while (other != baseline.end() && key(*other) < key(row)) ++other;
    if (other == baseline.end()) break;
    if (key(*other) == key(row) && ended_well(row) && ended_well(*other)) {
      pairs.push_back({&row, &*other});
    }
  }
  return pairs;
}

std::vector<Pair> pairs_that(const std::vector<Pair>& pairs,
                             bool (*match)(const Observation&, const Observation&)) {
  std::vector<Pair> kept;
  for (const Pair& pair : pairs) {
    if (match(*pair.method, *pair.baseline)) kept.push_back(pair);
  }
  return kept;
}

PromptValues values_of(std::span<const Observation> rows, const RowFigure& figure) {
  BySample values;
  for (const Observation& row : rows) values.add(row.sample_id, figure(row));
  return values.take();
}

PromptValues paired_differences(const std::vector<Pair>& pairs, const RowFigure& figure) {
  BySample values;
  for (const auto& [method, baseline] : pairs) {
    const auto ours = figure(*method), theirs = figure(*baseline);
    if (ours && theirs) values.add(method->sample_id, *ours - *theirs);
  }
  return average_rounds(values.take());
}

PromptValues values_of_pairs(const std::vector<Pair>& pairs,
                             const std::function<std::optional<double>(const Pair&)>& value) {
  BySample values;
  for (const Pair& pair : pairs) values.add(pair.method->sample_id, value(pair));
  return values.take();
}

PromptValues paired_speedups(const std::vector<Pair>& pairs, const RowFigure& time) {
  return values_of_pairs(pairs, [&time](const Pair& pair) -> std::optional<double> {
    const double ours = time(*pair.method).value_or(0), theirs = time(*pair.baseline).value_or(0);
    return ours > 0 && theirs > 0 ? std::optional(theirs / ours) : std::nullopt;
  });
}

std::optional<double> ratio_of_means(const std::vector<Pair>& pairs, const RowFigure& time) {
  double ours = 0, theirs = 0;
  for (const auto& [method, baseline] : pairs) {
    const auto mine = time(*method), other = time(*baseline);
    if (!mine || !other) continue;
    ours += *mine;
    theirs += *other;
  }
  return ours > 0 ? std::optional(theirs / ours) : std::nullopt;
}

}  // namespace skipbench
