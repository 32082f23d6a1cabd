#pragma once

#include <c10/core/Device.h>

#include <functional>

namespace skipbench {

/// How long a GPU is at work for what `step` queues on the current stream, in milliseconds: its
/// time without the gaps in which it waits for the host. Each operation (ProfileScope) that finds
/// the stream empty is queued after a pause of some 2 ms, in which the host gets ahead; pauses do
/// not count. An upper bound: what passes between the stream's running empty and the next operation
/// counts as work, once a pause. Copies on other streams may end unseen during a pause. Throws what
/// `step` throws, and ContractError on a CPU, which has no such gaps, or within another call.
double busy_milliseconds(c10::Device device, const std::function<void()>& step);

namespace ops {

/// An operation is about to be queued: within busy_milliseconds() an idle device pauses first.
/// Costs nothing elsewhere.
void begin_operation();

}  // namespace ops
}  // namespace skipbench
