#pragma once

#include <cstdint>
#include <string_view>

#include "harness/reply/reply.h"
#include "harness/tasks/task.h"

namespace skipbench {

/// A task's sample, tokenized for one model.
struct PreparedSample {
  Sample sample;
  Job job;
  int64_t truncated_tokens = 0;  // left out of the message's middle
};

/// A sample of random tokens below `vocabulary`, which needs no tokenizer. It is the subset's at
/// `index`.
PreparedSample random_sample(Sample sample, std::string_view subset, int64_t index,
                             int64_t vocabulary, uint64_t seed);

/// What a method that draws random numbers begins with on a sample, in no order of samples.
uint64_t sample_seed(uint64_t seed, std::string_view task, std::string_view subset,
                     std::string_view id);

}  // namespace skipbench
