#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>

#include "kernels/base/json.h"

namespace skipbench {

/// The CPU's name as the system gives it.
std::string cpu_model();

/// Installed memory in bytes, and what is free for use now.
int64_t total_memory_bytes();
int64_t available_memory_bytes();

/// The machine for provenance: host, CPU, cores, threads, memory, system; on a GPU also its name,
/// memory, driver, clocks, temperature, power limit and throttle reasons.
Json machine_info(at::Device device);

/// Versions of the libraries in use, one line.
std::string library_versions();

}  // namespace skipbench
