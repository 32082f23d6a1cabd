// Reads cases as JSON from the standard input, [{"tasks": [[[round, ...], ...], ...]}, ...], and
// writes what our statistics say of each, for tests/parity/statistics_test.py.
#include <iostream>

#include "harness/statistics/holm.h"
#include "harness/statistics/mean_ratio.h"
#include "harness/statistics/normal_distribution.h"
#include "harness/statistics/paired_difference.h"
#include "harness/statistics/student_t.h"
#include "kernels/base/json.h"

namespace skipbench {
namespace {

constexpr int kResamples = 200'000;

PromptValues values_of(const Json& task) {
  PromptValues values;
  for (const Json& rounds : task) {
    values.begin_prompt();
    for (const Json& value : rounds) values.add(value.get<double>());
  }
  return values;
}

Json json_of(const std::optional<Interval>& interval) {
  return interval ? Json{interval->low, interval->high} : Json();
}

Json answer(const Json& question) {
  std::vector<PromptValues> tasks;
  for (const Json& task : question["tasks"]) tasks.push_back(values_of(task));
  const PairedDifference difference = paired_difference(tasks);
  Json result{{"mean", *difference.mean},
              {"interval", json_of(difference.interval)},
              {"p", sign_flip_test(tasks, 7, kResamples).value},
              {"exact", difference.p.exact}};
  if (difference.standard_error) {
    result["standard_error"] = *difference.standard_error;
    result["detectable"] = difference.detectable.value_or(0);
  }
  return result;
}

Json normal_table() {
  Json table = Json::array();
  for (const double p : {1e-12, 1e-6, 0.001, 0.025, 0.2, 0.5, 0.7, 0.975, 0.9999}) {
    table.push_back({p, normal_quantile(p), normal_cdf(normal_quantile(p))});
  }
  return table;
}

Json student_t_table() {
  Json table = Json::array();
  for (const int64_t degrees : {1, 2, 3, 4, 7, 10, 39, 1000}) {
    for (const double p : {0.001, 0.025, 0.4, 0.9, 0.975}) {
      table.push_back({p, degrees, student_t_quantile(p, degrees)});
    }
  }
  return table;
}

/// The geometric mean of one task's ratios with its interval.
Json mean_ratio_of(const Json& ratios) {
  const MeanRatio ratio = mean_ratio(values_of(ratios));
  return {*ratio.mean, ratio.interval->low, ratio.interval->high};
}

std::vector<double> holm_adjusted(std::vector<double> p_values) {
  std::vector<double*> places;
  for (double& p : p_values) places.push_back(&p);
  holm_adjust(places);
  return p_values;
}

int dump() {
  const Json input = Json::parse(std::cin);
  Json output{{"normal", normal_table()},
              {"student_t", student_t_table()},
              {"mean_ratio", mean_ratio_of(input["ratios"])},
              {"holm", holm_adjusted(input["p_values"])},
              {"cases", Json::array()}};
  for (const Json& question : input["cases"]) output["cases"].push_back(answer(question));
  std::cout << output.dump() << '\n';
  return 0;
}

}  // namespace
}  // namespace skipbench

int main() {
  return skipbench::dump();
}
