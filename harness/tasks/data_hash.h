#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "harness/tasks/task.h"

namespace skipbench {

/// Task::data_hash() of a task that makes its samples itself: SHA-256 over its name, its parameters
/// but those in `irrelevant` (which only choose among samples: lengths, samples, limit), the seed,
/// and one sample, which changes with the wording, the texts and the random numbers.
std::string generated_data_hash(std::string_view task, Json params,
                                std::initializer_list<const char*> irrelevant, uint64_t seed,
                                const Sample& probe);

/// Stands in for a tokenizer where a sample is only hashed: four bytes a token.
int64_t count_quarter_bytes(std::string_view text);

}  // namespace skipbench
