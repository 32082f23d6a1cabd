#include "harness/machine/machine.h"

#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sqlite3.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <sstream>
#include <thread>
#include <vector>

#include "harness/base/shell.h"
#include "harness/machine/build_info.h"

namespace skipbench {
namespace {

// The value after `key` in a file of "key : value" lines, or "".
std::string value_in(const char* file, std::string_view key) {
  std::ifstream stream(file);
  for (std::string line; std::getline(stream, line);) {
    if (!line.starts_with(key)) continue;
    const size_t colon = line.find(':');
    if (colon == std::string::npos) continue;
    const size_t begin = line.find_first_not_of(" \t", colon + 1);
    return begin == std::string::npos ? "" : line.substr(begin);
  }
  return "";
}

int64_t meminfo_bytes(std::string_view key) {
  std::istringstream value(value_in("/proc/meminfo", key));
  int64_t kibibytes = 0;
  value >> kibibytes;
  return kibibytes * 1024;
}

std::string output_of(const std::string& command) {
  std::string output = run_shell(command).output;
  while (!output.empty() && output.back() == '\n') output.pop_back();
  return output;
}

// Asked through nvidia-smi, which every driver brings along; fields that it cannot tell are absent.
Json gpu_info(at::Device device) {
  static constexpr std::array<std::string_view, 9> kFields{"name",
                                                           "memory.total",
                                                           "driver_version",
                                                           "temperature.gpu",
                                                           "clocks.sm",
                                                           "clocks.max.sm",
                                                           "clocks.mem",
                                                           "power.limit",
                                                           "clocks_throttle_reasons.active"};
  const std::string line =
      output_of(fmt::format("nvidia-smi --id={} --query-gpu={} --format=csv,noheader 2>/dev/null",
                            static_cast<int>(device.index()), fmt::join(kFields, ",")));
  Json info = Json::object();
  std::istringstream values(line);
  for (const std::string_view field : kFields) {
    std::string value;
    if (!std::getline(values >> std::ws, value, ',')) break;
    info[std::string(field)] = value;
  }
  return info;
}

}  // namespace

std::string cpu_model() {
  const std::string name = value_in("/proc/cpuinfo", "model name");
  if (!name.empty()) return name;
  utsname system{};
  uname(&system);
  return system.machine;
}

int64_t total_memory_bytes() {
  return meminfo_bytes("MemTotal");
}
int64_t available_memory_bytes() {
  return meminfo_bytes("MemAvailable");
}

Json machine_info(at::Device device) {
  utsname system{};
  uname(&system);
  Json info{{"host", system.nodename},
            {"system", fmt::format("{} {}", system.sysname, system.release)},
            {"cpu", cpu_model()},
            {"logical_cores", std::thread::hardware_concurrency()},
            {"threads", at::get_num_threads()},
            {"memory_bytes", total_memory_bytes()}};
  if (device.is_cuda()) info["gpu"] = gpu_info(device);
  return info;
}

std::string library_versions() {
  std::string text =
      fmt::format("torch {}, sqlite {}, fmt {}.{}", torch_version(), sqlite3_libversion(),
                  FMT_VERSION / 10000, FMT_VERSION / 100 % 100);
  if (!cuda_version().empty()) text += fmt::format(", cuda {}", cuda_version());
  return text;
}

}  // namespace skipbench
