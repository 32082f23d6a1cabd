#pragma once

#include <string>
#include <vector>

#include "harness/report/findings/phrases.h"
#include "harness/report/judge/judged_cell.h"

namespace skipbench {

/// One task's cells, ranked.
using Cells = std::vector<const JudgedCell*>;

/// The standing of a cell by its main score, null without one, and by its loss.
const Standing* score_standing(const JudgedCell& cell);
const Standing* loss_standing(const JudgedCell& cell);

/// The best method of a task by score and by loss, what shows the same figure, what cannot be told
/// from it, and which of these costs least.
std::vector<Finding> ranking_findings(const std::string& task, const Cells& cells);

}  // namespace skipbench
