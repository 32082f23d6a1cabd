#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/tasks/task.h"

namespace skipbench {

/// What a metric compares: the model's reply with one gold answer. `classes` are all labels of the
/// data set, for metrics that choose among them; empty elsewhere.
struct ReplyAndGold {
  std::string_view prediction, gold;
  std::span<const std::string> classes = {};
};

/// A metric, declared beside its function; the table in registry.cpp lists them. `score` is a value
/// from 0 to 1.
struct Metric {
  std::string_view name;
  std::string_view summary;
  double (*score)(const ReplyAndGold& pair);
  bool needs_classes = false;
  bool needs_chinese_words = false;  // of chinese/segmenter.h, whose word list is fetched
};

std::span<const Metric> all_metrics();
/// Throws InputError with the nearest name when there is none called so.
const Metric& find_metric(std::string_view name);

/// Loads the Chinese words, where the metric needs them. Throws InputError that says how to fetch
/// them: better before a run than at its first score.
void load_words_of(const Metric& metric);

/// The best score over all gold answers, from 0 to 1; 0 when there are none.
double best_score(const Metric& metric, std::string_view prediction,
                  std::span<const std::string> answers, std::span<const std::string> classes = {});

/// best_score() of the metric called `name`, in points.
MetricValue score_metric(std::string_view name, std::string_view prediction,
                         std::span<const std::string> answers);

}  // namespace skipbench
