#pragma once

#include <string>
#include <vector>

#include "harness/report/judge/report_data.h"

namespace skipbench {

/// How to measure one cell again, and what should come out.
struct Reproduction {
  std::string label, task;
  std::string machine;                // "NVIDIA H100 80GB HBM3, bf16"
  std::string warning;                // what stands in the way; empty as a rule
  std::vector<std::string> commands;  // from a clone of the repository to the table
  std::string data;                   // what to know of commands that fetch data; else empty
  std::string scope;                  // that the commands measure more than the cell; else empty
  std::string expected;               // "TTFT ms 461 [461, 463]; speed-up 2.56x [2.54, 2.58]"
};

/// Of every cell that shows figures, by the run that asked for it last.
std::vector<Reproduction> reproductions_of(const ModelCells& model,
                                           const std::vector<RunRecord>& runs);

/// The run's command for one label, one task (empty: all) and a database of its own.
std::string command_for_cell(const std::string& command, const std::string& label,
                             const std::string& task);

}  // namespace skipbench
