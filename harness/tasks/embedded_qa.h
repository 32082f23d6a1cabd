#pragma once

#include "harness/tasks/length_subsets.h"
#include "harness/tasks/task.h"

namespace skipbench {

/// Questions on one of our own articles (articles.h) among others, which fill the prompt up to the
/// wanted length. Every length asks the same questions.
class EmbeddedQaTask : public Task {
 public:
  struct Params {
    std::vector<int64_t> lengths = {2048};
    int64_t samples = 20;
    bool chat = true;
    int64_t max_new_tokens = 24;
    int64_t limit = 0;

    template <class Visitor>
    void visit(Visitor& v) {
      v("lengths", lengths,
        Field{.help =
                  "lengths of the message in tokens; each is a subset; chat template and answer "
                  "prefix come on top; beyond about 8K the other articles come again",
              .low = 1,
              .high = 1e7});
      v("samples", samples, samples_field());
      v("chat", chat, Field{.help = "wrap the message in the model's chat template"});
      v("max_new_tokens", max_new_tokens,
        Field{.help = "tokens generated at most; a reply also ends at its first line break",
              .low = 1,
              .high = 4096});
      v("limit", limit, limit_field());
    }
    void check(std::vector<ParameterProblem>& problems) const { check_lengths(lengths, problems); }
  };

  EmbeddedQaTask(Params params, uint64_t seed);

  std::vector<Subset> subsets() const override;
  Sample sample(const Subset& subset, int64_t index, const CountTokens& count) const override;
  std::vector<std::string> metrics() const override;
  std::vector<MetricValue> score(const Sample& sample, std::string_view prediction) const override;
  std::string data_hash() const override;

 private:
  struct Question {
    size_t article, question;
  };

  Params params_;
  uint64_t seed_;
  std::vector<Question> questions_;  // all of them, in this seed's order
};

}  // namespace skipbench
