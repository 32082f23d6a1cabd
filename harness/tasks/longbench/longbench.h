#pragma once

#include "harness/tasks/length_subsets.h"
#include "harness/tasks/longbench/data_set.h"
#include "harness/tasks/longbench/expected_counts.h"
#include "harness/tasks/longbench/longbench_config.h"
#include "harness/tasks/task.h"

namespace skipbench {

/// LongBench or LongBench-E by its own prediction protocol. A subset is a data set, in E a data set
/// and a range of length ("qasper_e 0-4k").
class LongBench : public Task {
 public:
  struct Params {
    std::string data, config, counts;
    std::vector<std::string> subsets;
    int64_t max_length = 7500;
    bool e = false;
    bool chat = true;
    int64_t limit = 0;

    template <class Visitor>
    void visit(Visitor& v) {
      v("data", data,
        Field{.help = "the folder of its .jsonl files (scripts/fetch_longbench)",
              .required = true});
      v("config", config,
        Field{.help = "the folder of dataset2prompt.json and dataset2maxlen.json, where it is not "
                      "`config` in the data folder"});
      v("counts", counts,
        Field{.help = "how many rows a part of the data sets has, as JSON; where it is not given, "
                      "expected_counts.json in the data folder or the official numbers"});
      v("subsets", subsets, Field{.help = "data sets like qasper; all when none is named"});
      v("max_length", max_length,
        Field{.help = "a longer prompt loses tokens in its middle: 3500 for models of 4k, 7500 of "
                      "8k, 15500 of 16k, 31500 of 32k",
              .source = "arXiv 2308.14508, its prediction script",
              .low = 2});
      v("e", e, Field{.help = "LongBench-E, by range of length"});
      v("chat", chat,
        Field{.help = "wrap the message in the model's chat template, in all but the tasks of "
                      "examples and code"});
      v("limit", limit, limit_field());
    }
    void check(std::vector<ParameterProblem>& problems) const;
    LongBenchEdition edition() const { return e ? LongBenchEdition::kE : LongBenchEdition::kV1; }
  };

  /// Reads the files. Throws InputError that lists all that are missing, and how to get them.
  LongBench(Params params, uint64_t seed);

  std::vector<Subset> subsets() const override;
  Sample sample(const Subset& subset, int64_t index, const CountTokens& count) const override;
  std::vector<std::string> metrics() const override;
  std::vector<std::string> metrics_of(const Subset& subset) const override;
  std::vector<MetricValue> score(const Sample& sample, std::string_view prediction) const override;
  bool reads_file() const override { return true; }
  std::string data_hash() const override;
  std::string data_hash_of(const Subset& subset) const override;
  std::optional<PredictionRow> prediction_row(const Subset& subset, int64_t index,
                                              std::string_view prediction) const override;

 private:
  // A subset of the task: rows of one data set.
  struct Part {
    Subset subset;
    const LongBenchDataSet* data;
    const std::vector<size_t>* rows;
    std::string hash;
  };

  void add_parts(const LongBenchDataSet& data, const ExpectedCounts& expected);
  const Part& part(std::string_view subset) const;

  Params params_;
  LongBenchConfig config_;
  std::vector<std::unique_ptr<LongBenchDataSet>> data_;
  std::vector<Part> parts_;
};

}  // namespace skipbench
