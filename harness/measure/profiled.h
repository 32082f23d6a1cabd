#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <vector>

#include "harness/reply/reply.h"
#include "harness/store/row.h"
#include "kernels/ops/device/profile.h"

namespace skipbench {

/// What a step spent its time on. The operations' events make it slower than an unwatched one.
struct ProfiledStep {
  double total_ms = 0;  // wall clock, until the device is done
  std::vector<Profile::Entry> operations;
};
ProfiledStep run_profiled(at::Device device, const std::function<void()>& step);

/// Runs the job's prompt and reply once more, watched; its shapes should have been warmed up.
SampleProfile profile_job(Decoder& decoder, const TokenPolicy& policy, const Job& job);

}  // namespace skipbench
