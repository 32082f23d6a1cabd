#pragma once

#include <benchmark/benchmark.h>

#include <cstdint>
#include <functional>
#include <vector>

namespace skipbench::bench {

/// Bytes a second of a device-to-device copy of 2 GiB, read and written bytes both counted: the
/// faster of cudaMemcpyAsync and a kernel. Measured once.
double copy_bandwidth();

/// How many sets of buffers of `bytes` it takes to fill the L2 cache more than three times, so that
/// no call finds its data in the cache; 2 at least, 2,000 at most.
int64_t rotations(int64_t bytes);

/// Seconds that one call takes on the device: all calls are captured into one CUDA graph, which is
/// replayed; the median of 20 replays, timed with events, by the number of calls.
double seconds_in_graph(const std::vector<std::function<void()>>& calls);

/// The same for an operation that moves `bytes`: make() allocates a set of buffers and returns a
/// call on it, as often as rotations() says.
template <class Make>
double seconds_rotating(double bytes, Make make) {
  std::vector<std::function<void()>> calls;
  const int64_t sets = rotations(static_cast<int64_t>(bytes));
  for (int64_t i = 0; i < sets; ++i) calls.push_back(make());
  return seconds_in_graph(calls);
}

/// Seconds that `call` takes on the device when launched as it is: the median over repeated calls,
/// for two seconds or 20 calls, after a warm-up call.
double seconds_eager(const std::function<void()>& warm_up, const std::function<void()>& call);

/// Reports a result in the one iteration of `state`: microseconds, GB/s and the share of the copy
/// bandwidth (1 is as fast as a copy of so many bytes).
void report_bytes(benchmark::State& state, double seconds, double bytes);

/// Times an operation that moves `bytes` and reports it: make() as in seconds_rotating().
template <class Make>
void time_rotating(benchmark::State& state, double bytes, Make make) {
  report_bytes(state, seconds_rotating(bytes, make), bytes);
}

/// Reports milliseconds and TFLOP/s.
void report_flops(benchmark::State& state, double seconds, double flops);

/// Registers a benchmark of one iteration, timed by hand.
benchmark::internal::Benchmark* add(const char* name, void (*function)(benchmark::State&));

}  // namespace skipbench::bench
