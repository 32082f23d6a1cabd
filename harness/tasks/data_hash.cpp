#include "harness/tasks/data_hash.h"

#include "harness/base/sha256.h"

namespace skipbench {

std::string generated_data_hash(std::string_view task, Json params,
                                std::initializer_list<const char*> irrelevant, uint64_t seed,
                                const Sample& probe) {
  for (const char* key : irrelevant) params.erase(key);
  const Json identity = {{"task", task},
                         {"params", std::move(params)},
                         {"seed", seed},
                         {"message", probe.message},
                         {"answer_prefix", probe.answer_prefix},
                         {"answers", probe.answers},
                         {"max_new_tokens", probe.max_new_tokens},
                         {"stop_at_newline", probe.stop_at_newline}};
  return sha256_hex(identity.dump());
}

int64_t count_quarter_bytes(std::string_view text) {
  return static_cast<int64_t>(text.size() / 4);
}

}  // namespace skipbench
