#pragma once

#include <span>
#include <string>
#include <vector>

#include "harness/report/claims/measured_claim.h"
#include "harness/report/tables/document.h"

namespace skipbench {

/// One paper's claims with what the databases say of each.
struct MeasuredPaper {
  ClaimsSpec spec;
  std::vector<std::vector<MeasuredClaim>> measured;  // by claim
};

/// Measures every claim. The sources must outlive the result.
MeasuredPaper measure_paper(ClaimsSpec spec, std::span<const ClaimSource> sources);

/// For people: one row a claim, model, experiment and pair of labels; then where each claim stands
/// and what the paper reports. kVerdictRules belong below it.
Section claims_section(const MeasuredPaper& paper, std::span<const ClaimSource> sources);

/// One line a row's condition. RFC 4180.
std::string print_claims_csv(std::span<const MeasuredPaper> papers);

/// An object with papers, claims, rows, conditions and the cells behind them; with `provenance`
/// also the rows of each run behind a cell, and the runs.
std::string print_claims_json(std::span<const MeasuredPaper> papers,
                              std::span<const ClaimSource> sources, bool provenance);

}  // namespace skipbench
