#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "harness/summary/summary.h"

namespace skipbench {

/// A phase of a cell's mean profile, its layers added up.
struct PhaseShares {
  double total_ms = 0;               // of a prefill, or of one decode step; 0: no such phase
  std::map<std::string, double> ms;  // by group of operations

  double share(const std::string& operations) const;
  /// What a method adds to full attention's work: probing, selecting and gathering.
  double selection_share() const;
};

PhaseShares phase_shares(const CellSummary& summary, std::string_view phase);

/// The groups in the order in which tables name them.
const std::vector<std::string>& operation_order();

}  // namespace skipbench
