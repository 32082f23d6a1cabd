#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/store/row.h"
#include "kernels/base/json.h"

namespace skipbench {

/// {"prefill": {"gemm": [layer 0, layer 1, ..., outside], ...}, "decode": {...}}, in steps of 0.1
/// us.
Json operations_json(const SampleProfile& profile);
/// The operations of such an object. Throws InputError for any other.
SampleProfile profile_of_operations(const Json& json);

/// A place where time goes.
struct ProfileEntry {
  std::string phase;       // "prefill" | "decode"
  int64_t layer = -1;      // -1: outside the layers
  std::string operations;  // the group, or kBetweenOperations
  double ms = 0;           // of a prefill, or of one decode step

  friend bool operator==(const ProfileEntry&, const ProfileEntry&) = default;
};

/// What of a phase lies in no operation: the host's part, and small ones that no group names.
inline constexpr std::string_view kBetweenOperations = "between";

/// The mean over samples (over decode steps in phase "decode"); the entries of a phase add up to
/// its time. Sorted by phase, layer and group.
std::vector<ProfileEntry> mean_profile(std::span<const SampleProfile> profiles);

}  // namespace skipbench
