#include <ATen/ATen.h>
#include <ATen/cuda/CUDAContext.h>
#include <benchmark/benchmark.h>
#include <c10/core/InferenceMode.h>

#include <cstdio>

#include "kernels/bench/device_timer.h"
#include "kernels/bench/register.h"

int main(int argc, char** argv) {
  if (!at::hasCUDA()) {
    std::puts("skipbench-bench: no CUDA device on this machine");
    return 0;
  }
  const c10::InferenceMode inference;
  skipbench::bench::add_row_ops();
  skipbench::bench::add_selection_ops();
  skipbench::bench::add_decode_ops();
  skipbench::bench::add_sparse_attention();
  skipbench::bench::add_prefill_floors();
  skipbench::bench::add_decode_floors();
  skipbench::bench::add_decode_steps();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::AddCustomContext("device", at::cuda::getCurrentDeviceProperties()->name);
  benchmark::AddCustomContext("copy GB/s",
                              std::to_string(skipbench::bench::copy_bandwidth() * 1e-9));
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
