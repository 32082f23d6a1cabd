#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>

#include "harness/base/folders.h"
#include "harness/checkpoint/checkpoint.h"
#include "harness/cli/command.h"
#include "harness/cli/version.h"
#include "harness/machine/device.h"
#include "harness/machine/dtype.h"
#include "harness/machine/machine.h"
#include "harness/machine/peaks.h"
#include "kernels/base/error.h"

namespace skipbench {
namespace {

constexpr double kGiga = 1e9;

void print_rates(at::Device device, at::ScalarType dtype) {
  fmt::print("  copy    {:.1f} GB/s read and written, of random bytes\n",
             copy_rate(device) / kGiga);
  fmt::print("  product {:.1f} GFLOP/s in {}, of normally distributed activations and weights\n",
             matrix_rate(device, dtype) / kGiga, dtype_name(dtype));
}

void check_cpu() {
  const at::Device cpu = choose_device("cpu");
  fmt::print("\ncpu: {}\n  memory  {:.1f} of {:.1f} GB free\n", device_model(cpu),
             static_cast<double>(available_memory_bytes()) / kGiga,
             static_cast<double>(total_memory_bytes()) / kGiga);
  print_rates(cpu, at::kFloat);
}

void check_gpu() {
  const at::Device device = choose_device("auto");
  if (device.is_cpu()) {
    fmt::print("\ngpu: none found, or a build without CUDA\n");
    return;
  }
  fmt::print("\ngpu: {}\n", device_model(device));
  const Json info = machine_info(device);
  for (const auto& [field, value] : info.at("gpu").items()) {
    fmt::print("  {}  {}\n", field, value.get<std::string>());
  }
  print_rates(device, at::kBFloat16);
}

int doctor() {
  use_physical_cores();
  fmt::print("{}\nlibraries: {}\n", version_text(), library_versions());
  fmt::print("checkout: {}\ncache: {}\n", home_folder().string(), cache_folder().string());
  fmt::print("\ncheckpoints:\n  {}\n", fmt::join(checkpoint_kinds(), "\n  "));
  check_cpu();
  check_gpu();
  return exit_code::kDone;
}

}  // namespace

void add_doctor_command(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand(
      "doctor", "Show libraries, checkpoints, devices, memory and the rates they reach now");
  command->footer("Example: skipbench doctor");
  command->callback([&action] { action = doctor; });
}

}  // namespace skipbench
