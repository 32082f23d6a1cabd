#pragma once

#include "harness/tasks/length_subsets.h"
#include "harness/tasks/task.h"

namespace skipbench {

/// RULER-style retrieval (arXiv:2404.06654): key/value needles in a haystack, one is asked for.
class NeedleTask : public Task {
 public:
  struct Params {
    std::vector<int64_t> lengths = {1024, 2048};
    int64_t samples = 10;
    std::string haystack = "noise";
    int64_t keys = 1;
    std::vector<int64_t> depths = {};
    int64_t digits = 7;
    bool chat = true;
    bool answer_prefix = true;
    int64_t limit = 0;

    template <class Visitor>
    void visit(Visitor& v) {
      constexpr std::string_view kRuler = "RULER, arXiv:2404.06654";
      v("lengths", lengths, message_lengths_field());
      v("samples", samples, samples_field());
      v("haystack", haystack,
        Field{.help = "what the needles are hidden in: sentences that say nothing, or our articles",
              .source = kRuler,
              .choices = {"noise", "articles"}});
      v("keys", keys,
        Field{.help = "needles in the text; one is asked for",
              .source = kRuler,
              .low = 1,
              .high = 1000});
      v("depths", depths,
        Field{.help = "where the asked needle lies, percent of the text, taken in turn; []: spread "
                      "evenly over the samples",
              .source = kRuler,
              .low = 0,
              .high = 100});
      v("digits", digits,
        Field{.help = "digits of a value", .source = kRuler, .low = 1, .high = 15});
      v("chat", chat, Field{.help = "wrap the message in the model's chat template"});
      v("answer_prefix", answer_prefix,
        Field{.help = "begin the reply with words that lead straight to the digits",
              .source = kRuler});
      v("limit", limit, limit_field());
    }
    void check(std::vector<ParameterProblem>& problems) const;
  };

  NeedleTask(Params params, uint64_t seed) : params_(std::move(params)), seed_(seed) {}

  std::vector<Subset> subsets() const override;
  Sample sample(const Subset& subset, int64_t index, const CountTokens& count) const override;
  std::vector<std::string> metrics() const override;
  /// exact_match: the first number of the prediction is the value. contains_answer: the value
  /// stands anywhere in it (RULER's rule).
  std::vector<MetricValue> score(const Sample& sample, std::string_view prediction) const override;
  std::string data_hash() const override;

 private:
  double depth(int64_t index) const;

  Params params_;
  uint64_t seed_;
};

}  // namespace skipbench
