#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace skipbench {

class Database;
struct StoredCell;

/// One sample of a cell as a reader wants to see it. Of several rounds the first that ended well
/// counts; the time is the mean over them.
struct SampleReply {
  std::string sample_id;
  std::string status, error;  // "ok", "oom", ...
  std::string reply;
  std::vector<std::string> answers;  // gold answers; empty where none are known
  int64_t prompt_tokens = 0, new_tokens = 0;
  std::optional<double> ttft_ms, answer_nll, kl_first_token;
  std::vector<std::optional<double>> scores;  // in the plan's order of metrics
};

/// At most `limit` samples of a cell's current rows, "2" before "10".
std::vector<SampleReply> load_sample_replies(Database& database, const StoredCell& cell,
                                             int64_t limit);

}  // namespace skipbench
