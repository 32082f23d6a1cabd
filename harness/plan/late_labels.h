#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "harness/plan/plan.h"

namespace skipbench {

/// A label some of whose rows and the baseline's are of different runs, because it was added or
/// changed after the baseline was timed, or the other way round: such times make no pairs.
struct LateLabel {
  size_t model = 0, method = 0;    // indices of the plan
  int64_t rows = 0;                // without a speed-up: stored, or measured by the next run
  int64_t stored = 0;              // rows of the label that are there
  bool baseline_is_later = false;  // beside one of them at least
};

/// The plan's labels that are late in their blocks of rounds; none where the database holds nothing
/// yet. Rows that failed have no times and make nothing late. Throws Interrupted for a
/// `pending_signal`.
std::vector<LateLabel> late_labels(const Plan& plan, const std::filesystem::path& database,
                                   const std::function<int()>& pending_signal);

/// Labels that have blocks of rounds of their own in the database are measured there again.
void take_round_blocks(Plan& plan, const std::filesystem::path& database);

/// Late labels move to the next free block of their model, where the baseline is measured beside
/// them.
void retime(Plan& plan, const std::vector<LateLabel>& late, const std::filesystem::path& database);

/// A line for each late label, and what --retime would do; "" when there is none.
std::string describe_late(const Plan& plan, const std::vector<LateLabel>& late);

/// For --dry-run: gives the labels the blocks of rounds that a run would, and says which are late
/// and, with `retime`, how many rows and how much time that adds.
std::string plan_late_labels(Plan& plan, const std::filesystem::path& database, bool retime);

}  // namespace skipbench
