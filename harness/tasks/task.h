#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/base/json.h"
#include "methods/interface/parameters.h"

namespace skipbench {

/// One question put to the model.
struct Sample {
  std::string id;                    // unique within its subset, stable from run to run
  std::string subset;                // of the task, where scoring depends on it
  std::string message;               // the user's message, before the chat template
  std::string answer_prefix;         // begins the reply after the template; may be empty
  std::vector<std::string> answers;  // gold answers; the first one is used for answer_nll
  bool use_chat_template = true;
  int64_t max_new_tokens = 16;
  bool stop_at_newline = false;
  /// The token of a line break ends the reply, which has at least one other token before it.
  bool ends_at_line_break = false;
  bool ignore_eos = false;  // generate exactly max_new_tokens (timing)
  /// Above 0: of a message of more tokens the middle is left out. Half as many tokens of its
  /// beginning and of its end are decoded again, and what is put together from them is the message.
  int64_t max_prompt_tokens = 0;
  /// Above 0: the prompt is so many random token ids and the fields above are not used (speed).
  int64_t random_tokens = 0;
};

/// One metric's value for one prediction, in points from 0 to 100.
struct MetricValue {
  std::string metric;  // "exact_match", "contains_answer", "qa_f1"
  double value;
};

/// A reply as a row of the benchmark's own prediction files.
struct PredictionRow {
  std::filesystem::path file;  // "longbench/qasper.jsonl"
  Json row;
};

/// A named part of a task, reported on a line of its own ("1024", "qasper").
struct Subset {
  std::string name;
  int64_t samples;   // how many there are after `limit`
  int64_t expected;  // how many a complete run has
};

/// Counts tokens, so that tasks can build contexts of a wanted length without knowing a model.
using CountTokens = std::function<int64_t(std::string_view)>;

class Task {
 public:
  virtual ~Task() = default;
  virtual std::vector<Subset> subsets() const = 0;
  /// Deterministic in (task parameters, seed, subset, index) and the tokenizer that `count` uses.
  virtual Sample sample(const Subset& subset, int64_t index, const CountTokens& count) const = 0;
  /// The metrics, the main one first; empty for speed.
  virtual std::vector<std::string> metrics() const = 0;
  /// Those of one subset, where subsets differ.
  virtual std::vector<std::string> metrics_of(const Subset&) const { return metrics(); }
  virtual std::vector<MetricValue> score(const Sample& sample,
                                         std::string_view prediction) const = 0;
  /// Whether samples come from a file as they are, so that any of them may be too long; a task that
  /// builds its samples makes all of a subset alike.
  virtual bool reads_file() const { return false; }
  /// Hash of everything that decides the samples but the tokenizer: part of the row key.
  virtual std::string data_hash() const = 0;
  /// The same for one subset, where the others have no part in it.
  virtual std::string data_hash_of(const Subset&) const { return data_hash(); }
  /// The reply for programs that score the benchmark's own files; empty where it has none.
  virtual std::optional<PredictionRow> prediction_row(const Subset&, int64_t /*index*/,
                                                      std::string_view /*prediction*/) const {
    return std::nullopt;
  }
};

/// One line of the table of tasks; parameters work as for methods (methods/interface/parameters.h).
struct TaskEntry {
  std::string_view name;
  std::string_view summary;
  std::vector<FieldDescription> (*describe)();
  Json (*resolve)(const Json& given, std::vector<ParameterProblem>& problems);
  /// `seed` is the experiment's. Throws InputError for files that cannot be used.
  std::unique_ptr<Task> (*make)(const Json& resolved, uint64_t seed);
};
std::span<const TaskEntry> all_tasks();
const TaskEntry& find_task(std::string_view name);

}  // namespace skipbench
