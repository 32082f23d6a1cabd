#pragma once

#include "harness/base/most_rounds.h"
#include "harness/tasks/length_subsets.h"
#include "harness/tasks/task.h"

namespace skipbench {

/// Prompts of random tokens, to measure times: no text, no answers, no metrics.
class SpeedTask : public Task {
 public:
  struct Params {
    std::vector<int64_t> lengths = {1024, 4096};
    int64_t new_tokens = 16;
    int64_t samples = 1;
    int64_t repeats = 5;
    int64_t limit = 0;

    template <class Visitor>
    void visit(Visitor& v) {
      v("lengths", lengths, lengths_field());
      v("new_tokens", new_tokens,
        Field{.help = "tokens generated, always so many", .low = 1, .high = 1e6});
      v("samples", samples, samples_field());
      v("repeats", repeats,
        Field{.help = "timed rounds of each sample and method", .low = 1, .high = kMostRounds});
      v("limit", limit, limit_field());
    }
    void check(std::vector<ParameterProblem>& problems) const { check_lengths(lengths, problems); }
  };

  SpeedTask(Params params, uint64_t seed) : params_(std::move(params)), seed_(seed) {}

  std::vector<Subset> subsets() const override;
  Sample sample(const Subset& subset, int64_t index, const CountTokens& count) const override;
  std::vector<std::string> metrics() const override { return {}; }
  std::vector<MetricValue> score(const Sample&, std::string_view) const override { return {}; }
  std::string data_hash() const override;

 private:
  Params params_;
  uint64_t seed_;
};

}  // namespace skipbench
