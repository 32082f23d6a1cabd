#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/report/judge/report_data.h"

namespace skipbench {

/// Something that a reader must know of a model's figures before believing them.
struct Mark {
  using Runs = std::vector<RunRecord>;

  std::string_view name;  // "dirty-tree"
  bool (*applies)(const ModelCells& model, const Runs& runs);
  std::string_view meaning;
  /// Instead of the meaning, sentences with figures; null where the meaning says all.
  std::vector<std::string> (*sentences)(const ModelCells& model, const Runs& runs) = nullptr;
};

/// Every mark, in the order in which reports name them.
std::span<const Mark> all_marks();

/// The names of the marks that apply.
std::vector<std::string> marks_of(const ModelCells& model, const std::vector<RunRecord>& runs);

/// What a mark says, in lines that begin with its name. Throws ContractError when there is none of
/// that name.
std::vector<std::string> explain_mark(std::string_view name, const ModelCells& model,
                                      const std::vector<RunRecord>& runs);

}  // namespace skipbench
