#pragma once

namespace skipbench {

/// A worker process: measures the samples that the coordinator at the other end of the channel
/// (kWorkerChannel) names, and writes each in one transaction. Ends with the channel. Throws
/// InputError when nobody is there, as when a person calls it.
void run_worker();

}  // namespace skipbench
