#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "harness/measure/failure.h"
#include "harness/measure/measure.h"
#include "methods/interface/method.h"

namespace skipbench {

/// What became of a method: one of the two.
struct Untimed {
  std::optional<Measurement> measurement;
  std::optional<Failure> failure;
};

/// A method to measure without a clock.
struct UntimedMethod {
  std::function<std::unique_ptr<const TokenPolicy>()> make;
  bool shares_prefill;  // it leaves the prompt's computation as it is: !changes_prompt()
  std::function<void(Untimed)> take;
};

/// The job under each of the methods. Those that can share one prefill, unless memory is too small
/// for that; then each has its own, as the others do. `before_step` is called before each prefill
/// and each reply; what it throws ends the work.
void measure_untimed(Decoder& decoder, const std::vector<UntimedMethod>& methods, const Job& job,
                     const BeforeStep& before_step);

}  // namespace skipbench
