#include "harness/workers/worker_devices.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "harness/experiment/device_name.h"
#include "harness/machine/device.h"
#include "kernels/base/error.h"

namespace skipbench {
namespace {

at::Device gpu(int index) {
  return at::Device(at::kCUDA, static_cast<at::DeviceIndex>(index));
}

}  // namespace

int64_t launched_workers(const Experiment& experiment, const std::string& device) {
  if (!experiment.launcher) return 0;
  if (experiment.launcher->workers > 0) return experiment.launcher->workers;
  const bool on_gpu = std::any_of(
      experiment.models.begin(), experiment.models.end(), [&device](const ModelSpec& model) {
        const std::string& wanted = device.empty() ? model.device : device;
        return wanted == "auto" ? gpu_count() > 0 : cuda_index(wanted).has_value();
      });
  return on_gpu ? gpu_count() : 1;
}

bool is_spread(const PlannedModel& model) {
  return model.device.is_cuda() && !model.spec.device.starts_with("cuda:");
}

void spread_over_gpus(Plan& plan, int worker) {
  for (PlannedModel& model : plan.models) {
    if (is_spread(model)) model.device = gpu(worker % gpu_count());
  }
}

void require_equal_gpus(const Plan& plan, int64_t workers) {
  const int gpus = static_cast<int>(std::min<int64_t>(workers, gpu_count()));
  for (const PlannedModel& model : plan.models) {
    for (int index = 0; is_spread(model) && index < gpus; ++index) {
      const std::string name = device_model(gpu(index));
      if (name == model.device_name) continue;
      throw InputError(fmt::format(
          "workers need GPUs of one kind, but cuda:0 is '{}' and cuda:{} '{}'; choose GPUs with "
          "CUDA_VISIBLE_DEVICES, or one with --device cuda:<index>",
          model.device_name, index, name));
    }
  }
}

int64_t workers_per_device(const Plan& plan, int64_t workers) {
  const bool all_spread = std::all_of(plan.models.begin(), plan.models.end(), is_spread);
  const int64_t devices = all_spread ? std::max(1, gpu_count()) : 1;
  return (workers + devices - 1) / devices;
}

}  // namespace skipbench
