#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace skipbench {

class Database;
struct StoredCell;

/// A prompt as one row measured it.
struct PromptRow {
  std::string sample_id;
  int64_t round = 0;
  int64_t run = 0;
  int64_t tokens = 0, truncated_tokens = 0;  // kept, cut off
  int64_t flops = 0;                         // of the prefill
  std::optional<double> ttft_ms;
};

/// What a task's prompts say of its measurement.
struct PromptFacts {
  int64_t samples = 0;
  int64_t truncated = 0;         // of these, whose prompt was cut
  int64_t truncated_tokens = 0;  // cut off, all together
  std::optional<double> drift;   // time_drift()
};

/// How far times drift within a run, from rows of full attention, where prompts of equal length
/// mean equal work: each prompt's time (the median of its rounds) over the median of the prompts of
/// its length that its run measured; third quartile - first quartile of these. Lengths with fewer
/// than four prompts do not count; empty when none has as many. A single slow prompt moves no
/// quartile. The limits of timing_noise() hold for it.
std::optional<double> time_drift(std::span<const PromptRow> rows);

/// Rows come sorted by sample.
PromptFacts prompt_facts(std::span<const PromptRow> rows);

/// A cell's current rows that ended well, sorted by sample, then round.
std::vector<PromptRow> load_prompt_rows(Database& database, const StoredCell& cell);

}  // namespace skipbench
