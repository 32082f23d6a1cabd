#include "harness/report/tables/phase_shares.h"

namespace skipbench {

double PhaseShares::share(const std::string& operations) const {
  const auto found = ms.find(operations);
  return found == ms.end() || total_ms <= 0 ? 0 : found->second / total_ms;
}

double PhaseShares::selection_share() const {
  return share("probe") + share("select") + share("gather");
}

PhaseShares phase_shares(const CellSummary& summary, std::string_view phase) {
  PhaseShares shares;
  for (const ProfileEntry& entry : summary.profile) {
    if (entry.phase != phase) continue;
    shares.total_ms += entry.ms;
    shares.ms[entry.operations] += entry.ms;
  }
  return shares;
}

const std::vector<std::string>& operation_order() {
  static const std::vector<std::string> kOrder{
      "gemm",   "attention", "probe",
      "select", "gather",    "norm",
      "other",  "graph",     std::string(kBetweenOperations)};
  return kOrder;
}

}  // namespace skipbench
