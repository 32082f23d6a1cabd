#include "harness/tasks/speed.h"

#include "harness/tasks/data_hash.h"

namespace skipbench {

std::vector<Subset> SpeedTask::subsets() const {
  return length_subsets(params_.lengths, params_.samples, params_.limit);
}

Sample SpeedTask::sample(const Subset& subset, int64_t index, const CountTokens&) const {
  Sample sample;
  sample.id = std::to_string(index);
  sample.use_chat_template = false;
  sample.max_new_tokens = params_.new_tokens;
  sample.ignore_eos = true;
  sample.random_tokens = subset_length(subset);
  return sample;
}

std::string SpeedTask::data_hash() const {
  return generated_data_hash("speed", write_parameters(params_),
                             {"lengths", "samples", "limit", "repeats"}, seed_,
                             sample({"1", 1, 1}, 0, count_quarter_bytes));
}

}  // namespace skipbench
