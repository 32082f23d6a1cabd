#include "harness/reply/prepared_sample.h"

#include <charconv>
#include <utility>

#include "harness/base/sha256.h"
#include "harness/tasks/sampling.h"
#include "kernels/base/json.h"

namespace skipbench {

PreparedSample random_sample(Sample sample, std::string_view subset, int64_t index,
                             int64_t vocabulary, uint64_t seed) {
  SampleRandom random(seed, subset, index);
  PreparedSample prepared;
  Prompt& prompt = prepared.job.prompt;
  prompt.tokens.resize(sample.random_tokens);
  for (int32_t& token : prompt.tokens) token = static_cast<int32_t>(random.below(vocabulary));
  prompt.content_end = prompt.length();
  prepared.job.rules.max_new_tokens = sample.max_new_tokens;
  prepared.job.rules.ignore_eos = sample.ignore_eos;
  prepared.sample = std::move(sample);
  return prepared;
}

uint64_t sample_seed(uint64_t seed, std::string_view task, std::string_view subset,
                     std::string_view id) {
  const std::string hash = sha256_hex(Json{seed, task, subset, id}.dump());
  uint64_t value = 0;
  std::from_chars(hash.data(), hash.data() + 16, value, 16);
  return value;
}

}  // namespace skipbench
