#pragma once

#include <string>
#include <vector>

#include "harness/tasks/task.h"

namespace skipbench {

/// One subset per length, named after it.
std::vector<Subset> length_subsets(const std::vector<int64_t>& lengths, int64_t samples,
                                   int64_t limit);

/// The length that a subset of length_subsets() stands for, in tokens.
int64_t subset_length(const Subset& subset);

/// Adds a problem when there is no length or one is given twice.
void check_lengths(const std::vector<int64_t>& lengths, std::vector<ParameterProblem>& problems);

/// `available`, or `limit` when that is less; a limit of 0 is none.
int64_t apply_limit(int64_t available, int64_t limit);

/// The fields `lengths`, `samples` and `limit`, which need the same words in every task. Lengths
/// are those of whole prompts, or of messages that become longer prompts.
Field lengths_field();
Field message_lengths_field();
Field samples_field();
Field limit_field();

}  // namespace skipbench
