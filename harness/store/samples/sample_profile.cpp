#include "harness/store/samples/sample_profile.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "harness/base/parse_json.h"
#include "kernels/base/error.h"

namespace skipbench {
namespace {

Json phase_json(const PhaseProfile& phase) {
  Json groups = Json::object();
  for (const auto& [group, times] : phase.operations) {
    for (const double ms : times) groups[group].push_back(std::round(ms * 1e4) / 1e4);
  }
  return groups;
}

/// Sums over samples, divided by the number of prefills or decode steps.
class Mean {
 public:
  void add(const PhaseProfile& phase, int64_t parts) {
    if (parts == 0) return;
    parts_ += parts;
    double between = phase.total_ms;
    for (const auto& [group, times] : phase.operations) {
      const auto layers = static_cast<int64_t>(times.size()) - 1;
      for (int64_t i = 0; i <= layers; ++i) {
        const double ms = times[static_cast<size_t>(i)];
        if (ms > 0) sums_[{i < layers ? i : -1, group}] += ms;
        between -= ms;
      }
    }
    sums_[{-1, std::string(kBetweenOperations)}] += std::max(0.0, between);
  }

  void append(const std::string& phase, std::vector<ProfileEntry>& entries) const {
    for (const auto& [place, sum] : sums_) {
      entries.push_back({phase, place.first, place.second, sum / static_cast<double>(parts_)});
    }
  }

 private:
  std::map<std::pair<int64_t, std::string>, double> sums_;  // (layer, group)
  int64_t parts_ = 0;
};

}  // namespace

Json operations_json(const SampleProfile& profile) {
  return {{"prefill", phase_json(profile.prefill)}, {"decode", phase_json(profile.decode)}};
}

SampleProfile profile_of_operations(const Json& json) {
  SampleProfile profile;
  try {
    json.at("prefill").get_to(profile.prefill.operations);
    json.at("decode").get_to(profile.decode.operations);
  } catch (const Json::exception& error) {
    throw InputError(std::string("a stored profile is none: ") + json_reason(error));
  }
  return profile;
}

std::vector<ProfileEntry> mean_profile(std::span<const SampleProfile> profiles) {
  Mean prefill, decode;
  for (const SampleProfile& profile : profiles) {
    prefill.add(profile.prefill, 1);
    decode.add(profile.decode, profile.decode_steps);
  }
  std::vector<ProfileEntry> entries;
  decode.append("decode", entries);
  prefill.append("prefill", entries);
  return entries;
}

}  // namespace skipbench
