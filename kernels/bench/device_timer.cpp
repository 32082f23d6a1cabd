#include "kernels/bench/device_timer.h"

#include <ATen/ATen.h>
#include <ATen/cuda/CUDAContext.h>
#include <ATen/cuda/CUDAEvent.h>
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAGuard.h>

#include <algorithm>

#include "kernels/bench/copy_kernel.h"

namespace skipbench::bench {
namespace {

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + values.size() / 2, values.end());
  return values[values.size() / 2];
}

// Seconds on the device between two events around `work` on the current stream.
double timed(const std::function<void()>& work) {
  at::cuda::CUDAEvent begin(cudaEventDefault), end(cudaEventDefault);
  begin.record();
  work();
  end.record();
  end.synchronize();
  return begin.elapsed_time(end) * 1e-3;
}

}  // namespace

double copy_bandwidth() {
  static const double bandwidth = [] {
    const int64_t bytes = int64_t{1} << 31;
    const auto options = at::TensorOptions(at::kCUDA).dtype(at::kByte);
    const at::Tensor from = at::randint(256, {bytes}, options), to = at::empty({bytes}, options);
    const std::vector<std::function<void()>> by_driver(2, [&] { to.copy_(from); });
    const std::vector<std::function<void()>> by_kernel(2, [&] {
      launch_copy(to.mutable_data_ptr(), from.const_data_ptr(), bytes,
                  at::cuda::getCurrentCUDAStream());
    });
    const double seconds = std::min(seconds_in_graph(by_driver), seconds_in_graph(by_kernel));
    return 2.0 * static_cast<double>(bytes) / seconds;
  }();
  return bandwidth;
}

int64_t rotations(int64_t bytes) {
  const int64_t cache = at::cuda::getCurrentDeviceProperties()->l2CacheSize;
  return std::clamp<int64_t>(3 * cache / std::max<int64_t>(bytes, 1) + 1, 2, 2000);
}

double seconds_in_graph(const std::vector<std::function<void()>>& calls) {
  // What the last benchmark held is given back: the largest fill most of the memory.
  c10::cuda::CUDACachingAllocator::emptyCache();
  const c10::cuda::CUDAStreamGuard guard(c10::cuda::getStreamFromPool());
  at::cuda::device_synchronize();  // buffers were filled on another stream
  calls.front()();                 // handles and workspaces come into being outside the graph
  at::cuda::getCurrentCUDAStream().synchronize();
  at::cuda::CUDAGraph graph;
  graph.capture_begin();
  for (const auto& call : calls) call();
  graph.capture_end();
  for (int i = 0; i < 3; ++i) graph.replay();
  std::vector<double> times;
  for (int i = 0; i < 20; ++i) times.push_back(timed([&] { graph.replay(); }));
  return median(std::move(times)) / static_cast<double>(calls.size());
}

double seconds_eager(const std::function<void()>& warm_up, const std::function<void()>& call) {
  c10::cuda::CUDACachingAllocator::emptyCache();
  warm_up();
  at::cuda::getCurrentCUDAStream().synchronize();
  std::vector<double> times;
  for (double total = 0; total < 2 && times.size() < 20; total += times.back()) {
    times.push_back(timed(call));
  }
  return median(std::move(times));
}

void report_bytes(benchmark::State& state, double seconds, double bytes) {
  for (auto _ : state) state.SetIterationTime(seconds);
  state.counters["us"] = seconds * 1e6;
  state.counters["GB/s"] = bytes / seconds * 1e-9;
  state.counters["of_copy"] = bytes / seconds / copy_bandwidth();
}

void report_flops(benchmark::State& state, double seconds, double flops) {
  for (auto _ : state) state.SetIterationTime(seconds);
  state.counters["ms"] = seconds * 1e3;
  state.counters["TFLOP/s"] = flops / seconds * 1e-12;
}

benchmark::internal::Benchmark* add(const char* name, void (*function)(benchmark::State&)) {
  return benchmark::RegisterBenchmark(name, function)
      ->UseManualTime()
      ->Iterations(1)
      ->Unit(benchmark::kMicrosecond);
}

}  // namespace skipbench::bench
