#include "kernels/ops/profile.h"

#include <array>
#include <chrono>
#include <map>
#include <optional>
#include <utility>

#include "kernels/base/check.h"

#ifdef SKIPBENCH_WITH_CUDA
#include <ATen/cuda/CUDAEvent.h>
#endif

namespace skipbench {
namespace {

// The profile that times this thread's operations, or none.
thread_local Profile* current = nullptr;

// A moment in the device's order of work.
class Moment {
 public:
  explicit Moment(at::Device device) {
#ifdef SKIPBENCH_WITH_CUDA
    if (device.is_cuda()) {
      event_ = std::make_unique<at::cuda::CUDAEvent>(cudaEventDefault);
      event_->record();
      return;
    }
#endif
    (void)device;
    clock_ = std::chrono::steady_clock::now();
  }

  double milliseconds_until(const Moment& later) const {
#ifdef SKIPBENCH_WITH_CUDA
    if (event_) {
      later.event_->synchronize();
      return event_->elapsed_time(*later.event_);
    }
#endif
    return std::chrono::duration<double, std::milli>(later.clock_ - clock_).count();
  }

 private:
#ifdef SKIPBENCH_WITH_CUDA
  std::unique_ptr<at::cuda::CUDAEvent> event_;
#endif
  std::chrono::steady_clock::time_point clock_;
};

}  // namespace

std::string_view op_group_name(OpGroup group) {
  constexpr std::array<std::string_view, kOpGroups> names = {
      "gemm", "attention", "probe", "select", "gather", "norm", "other"};
  return names.at(static_cast<size_t>(group));
}

struct Profile::Impl {
  struct Operation {
    int64_t layer;
    OpGroup group;
    Moment begin, end;
  };
  at::Device device;
  int64_t layer = -1;
  std::optional<std::pair<OpGroup, Moment>> open;  // the outermost scope
  std::vector<Operation> operations;
};

Profile::Profile(at::Device device)
    : impl_(std::make_unique<Impl>(Impl{.device = device, .open = {}, .operations = {}})) {}

Profile::~Profile() = default;

std::vector<Profile::Entry> Profile::entries() const {
  std::map<std::pair<int64_t, OpGroup>, Entry> sums;
  for (const Impl::Operation& each : impl_->operations) {
    Entry& sum = sums.try_emplace({each.layer, each.group}, Entry{each.layer, each.group, 0, 0})
                     .first->second;
    sum.milliseconds += each.begin.milliseconds_until(each.end);
    ++sum.operations;
  }
  std::vector<Entry> entries;
  for (const auto& [key, entry] : sums) entries.push_back(entry);
  return entries;
}

ProfileSwitch::ProfileSwitch(Profile& profile) {
  require(current == nullptr, "a profile is switched on already");
  current = &profile;
}

ProfileSwitch::~ProfileSwitch() {
  current = nullptr;
}

ProfiledLayer::ProfiledLayer(int64_t layer) {
  if (current != nullptr) current->impl_->layer = layer;
}

ProfiledLayer::~ProfiledLayer() {
  if (current != nullptr) current->impl_->layer = -1;
}

ProfileScope::ProfileScope(OpGroup group) : timed_(current != nullptr && !current->impl_->open) {
  if (timed_) current->impl_->open.emplace(group, Moment(current->impl_->device));
}

ProfileScope::~ProfileScope() {
  if (!timed_) return;
  Profile::Impl& profile = *current->impl_;
  profile.operations.push_back({profile.layer, profile.open->first, std::move(profile.open->second),
                                Moment(profile.device)});
  profile.open.reset();
}

}  // namespace skipbench
