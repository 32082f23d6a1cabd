#pragma once

#include "harness/tasks/length_subsets.h"
#include "harness/tasks/task.h"

namespace skipbench {

/// The user's own rows, one JSON object a line:
///   prompt                 the whole message; or
///   context, input         a text and what is asked of it, put together with an empty line between
///   answers                one gold answer or a list of them
///   id, answer_prefix, chat  optional: the row's name, the start of the reply, chat template or
///   not
class JsonlTask : public Task {
 public:
  struct Params {
    std::string file;
    std::string metric = "qa_f1";
    int64_t max_new_tokens = 32;
    bool chat = true;
    bool stop_at_newline = false;
    int64_t limit = 0;

    template <class Visitor>
    void visit(Visitor& v) {
      v("file", file, Field{.help = "the .jsonl file", .required = true});
      v("metric", metric, Field{.help = "how replies are scored", .choices = metric_choices()});
      v("max_new_tokens", max_new_tokens,
        Field{.help = "tokens generated at most", .low = 1, .high = 1e6});
      v("chat", chat,
        Field{.help = "wrap the message in the model's chat template (a row's own `chat` wins)"});
      v("stop_at_newline", stop_at_newline, Field{.help = "end a reply at its first line break"});
      v("limit", limit, limit_field());
    }
    /// The metrics that need nothing but a prediction and an answer.
    static std::vector<std::string> metric_choices();
  };

  /// Reads the file. Throws InputError naming file, line and key.
  JsonlTask(Params params, uint64_t seed);

  std::vector<Subset> subsets() const override;
  Sample sample(const Subset& subset, int64_t index, const CountTokens& count) const override;
  std::vector<std::string> metrics() const override { return {params_.metric}; }
  std::vector<MetricValue> score(const Sample& sample, std::string_view prediction) const override;
  bool reads_file() const override { return true; }
  std::string data_hash() const override { return data_hash_; }

 private:
  Params params_;
  std::string data_hash_;
  std::vector<Sample> rows_;
};

}  // namespace skipbench
