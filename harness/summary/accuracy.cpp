#include "harness/summary/accuracy.h"

#include "harness/statistics/sign_flip_test.h"

namespace skipbench {

PromptValues accuracy_differences(std::span<const SampleAccuracy> a,
                                  std::span<const SampleAccuracy> b, const AccuracyFigure& figure) {
  PromptValues values;
  auto other = b.begin();
  for (const SampleAccuracy& sample : a) {
    while (other != b.end() && other->sample_id < sample.sample_id) ++other;
    if (other == b.end()) break;
    if (other->sample_id != sample.sample_id) continue;
    const auto ours = figure(sample), theirs = figure(*other);
    if (!ours || !theirs) continue;
    values.begin_prompt();
    values.add(*ours - *theirs);
  }
  return values;
}

double accuracy_p_value(std::span<const SampleAccuracy> a, std::span<const SampleAccuracy> b,
                        const AccuracyFigure& figure) {
  const PromptValues differences = accuracy_differences(a, b, figure);
  return sign_flip_test({&differences, 1}, kSignFlipSeed).value;
}

}  // namespace skipbench
