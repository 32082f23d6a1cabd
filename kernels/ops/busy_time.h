#pragma once

#include <c10/core/Device.h>

#include <functional>

namespace skipbench {

/// How long a GPU is at work for what `step` queues on the current stream, in milliseconds: its
/// time without the gaps in which it waits for the host. Each operation (ProfileScope) that finds
/// the device idle is queued behind a pause, in which the host gets ahead; what passes between the
/// last operation's end and the pause's does not count. `step` takes about as long as without.
/// Throws ContractError on a CPU, which has no such gaps.
double busy_milliseconds(c10::Device device, const std::function<void()>& step);

namespace ops {

/// An operation is about to be queued, or has been: within busy_milliseconds() an idle device
/// pauses first. Costs nothing elsewhere.
void begin_operation();
void end_operation();

}  // namespace ops
}  // namespace skipbench
