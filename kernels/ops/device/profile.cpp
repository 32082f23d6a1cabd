#include "kernels/ops/device/profile.h"

#include <array>
#include <map>
#include <optional>
#include <utility>

#include "kernels/base/check.h"
#include "kernels/ops/device/busy_time.h"
#include "kernels/ops/device/moment.h"

namespace skipbench {
namespace {

// The profile that times this thread's operations, or none.
thread_local Profile* current = nullptr;

}  // namespace

std::string_view op_group_name(OpGroup group) {
  constexpr std::array<std::string_view, kOpGroups> names = {
      "gemm", "attention", "probe", "select", "gather", "norm", "other", "graph"};
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
  ops::begin_operation();
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
