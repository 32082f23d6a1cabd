#include "harness/tasks/longbench/longbench.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <set>

#include "harness/base/sha256.h"
#include "harness/tasks/longbench/prompt_template.h"
#include "harness/tasks/longbench/sample_score.h"
#include "harness/tasks/metrics/metric.h"
#include "kernels/base/error.h"

namespace skipbench {
namespace {

constexpr std::string_view kHowToGet =
    "scripts/fetch_longbench fetches the official files, or takes them, or a part of their rows, "
    "from a folder (--help)";

std::filesystem::path config_folder(const LongBench::Params& params) {
  return params.config.empty() ? std::filesystem::path(params.data) / "config"
                               : std::filesystem::path(params.config);
}

ExpectedCounts expected_counts(const LongBench::Params& params) {
  if (params.counts.empty()) return expected_counts_beside(params.edition(), params.data);
  return {params.edition(), params.counts};
}

// The data sets that were asked for, in the benchmark's order.
std::vector<const LongBenchTask*> wanted_tasks(const LongBench::Params& params) {
  if (params.subsets.empty()) return expected_counts(params).tasks();
  std::set<const LongBenchTask*> named;
  for (const std::string& name : params.subsets) {
    named.insert(&find_longbench_task(name, params.edition()));
  }
  std::vector<const LongBenchTask*> tasks = longbench_tasks(params.edition());
  std::erase_if(tasks, [&](const LongBenchTask* task) { return !named.contains(task); });
  return tasks;
}

// "data/longbench lacks qasper.jsonl, trec.jsonl", or "" when all are there.
std::string lacking(const std::filesystem::path& folder,
                    const std::vector<std::filesystem::path>& files) {
  std::vector<std::string> names;
  for (const std::filesystem::path& file : files) {
    if (!std::filesystem::exists(file)) names.push_back(file.filename().string());
  }
  if (names.empty()) return "";
  return fmt::format("{} lacks {}; ", folder.string(), fmt::join(names, ", "));
}

// The config folder, when all files are there.
std::filesystem::path require_files(const LongBench::Params& params) {
  std::vector<std::filesystem::path> data;
  for (const LongBenchTask* task : wanted_tasks(params)) {
    data.push_back(LongBenchDataSet::file_of(*task, params.edition(), params.data));
    load_words_of(find_metric(task->metric));
  }
  const std::filesystem::path config = config_folder(params);
  const std::string missing =
      lacking(params.data, data) +
      lacking(config, {config / "dataset2prompt.json", config / "dataset2maxlen.json"});
  if (missing.empty()) return config;
  throw InputError(fmt::format("LongBench: {}{}", missing, kHowToGet));
}

}  // namespace

void LongBench::Params::check(std::vector<ParameterProblem>& problems) const {
  for (const std::string& name : subsets) {
    try {
      find_longbench_task(name, edition());
    } catch (const InputError& error) {
      problems.push_back({"subsets", error.what()});
    }
  }
  if (e && !counts.empty()) {
    problems.push_back({"counts", "LongBench-E is complete or not; there are no parts of it"});
  }
}

LongBench::LongBench(Params params, uint64_t)
    : params_(std::move(params)), config_(require_files(params_)) {
  const ExpectedCounts expected = expected_counts(params_);
  for (const LongBenchTask* task : wanted_tasks(params_)) {
    data_.push_back(std::make_unique<LongBenchDataSet>(*task, params_.edition(), params_.data));
    add_parts(*data_.back(), expected);
  }
}

void LongBench::add_parts(const LongBenchDataSet& data, const ExpectedCounts& expected) {
  const LongBenchTask& task = data.task();
  const Json identity = {"longbench",
                         params_.e,
                         params_.chat,
                         params_.max_length,
                         task.name,
                         data.hash(),
                         config_.prompt(task.name),
                         config_.max_new_tokens(task.name)};
  for (size_t range = 0; range < data.ranges().size(); ++range) {
    const auto& rows = data.ranges()[range];
    const auto count = static_cast<int64_t>(rows.size());
    Subset subset{std::string(task.name), apply_limit(count, params_.limit), expected.of(task)};
    if (params_.e) {
      subset.name = fmt::format("{}_e {}", task.name, kLengthRanges[range]);
      subset.expected = task.e.in_range[range];
    }
    parts_.push_back({subset, &data, &rows, sha256_hex(identity.dump())});
  }
}

const LongBench::Part& LongBench::part(std::string_view subset) const {
  for (const Part& part : parts_) {
    if (part.subset.name == subset) return part;
  }
  throw ContractError(fmt::format("longbench has no subset '{}'", subset));
}

std::vector<Subset> LongBench::subsets() const {
  std::vector<Subset> subsets;
  for (const Part& part : parts_) subsets.push_back(part.subset);
  return subsets;
}

Sample LongBench::sample(const Subset& subset, int64_t index, const CountTokens&) const {
  const Part& part = this->part(subset.name);
  const LongBenchTask& task = part.data->task();
  const size_t number = part.rows->at(static_cast<size_t>(index));
  const JsonRow row = part.data->row(number);
  Sample sample;
  sample.id = std::to_string(number);
  sample.subset = subset.name;
  sample.message = format_prompt(config_.prompt(task.name),
                                 [&](const std::string& key) { return row.text(key.c_str()); });
  sample.answers = row.texts("answers");
  sample.use_chat_template = params_.chat && task.chat;
  sample.max_new_tokens = config_.max_new_tokens(task.name);
  sample.max_prompt_tokens = params_.max_length;
  sample.ends_at_line_break = task.name == "samsum";
  return sample;
}

std::vector<std::string> LongBench::metrics() const {
  std::set<std::string> names;
  for (const Part& part : parts_) names.emplace(part.data->task().metric);
  return {names.begin(), names.end()};
}

std::vector<std::string> LongBench::metrics_of(const Subset& subset) const {
  return {std::string(part(subset.name).data->task().metric)};
}

std::vector<MetricValue> LongBench::score(const Sample& sample, std::string_view prediction) const {
  const LongBenchDataSet& data = *part(sample.subset).data;
  const double score = longbench_sample_score(data.task(), CodeRatio::kDifflib, prediction,
                                              sample.answers, data.classes());
  return {{std::string(data.task().metric), 100.0 * score}};
}

std::string LongBench::data_hash() const {
  Json hashes = Json::array();
  for (const Part& part : parts_) hashes.push_back({part.subset.name, part.hash});
  return sha256_hex(hashes.dump());
}

std::string LongBench::data_hash_of(const Subset& subset) const {
  return part(subset.name).hash;
}

std::optional<PredictionRow> LongBench::prediction_row(const Subset& subset, int64_t index,
                                                       std::string_view prediction) const {
  const Part& part = this->part(subset.name);
  const JsonRow row = part.data->row(part.rows->at(static_cast<size_t>(index)));
  Json json = {{"pred", prediction}};
  for (const char* key : {"answers", "all_classes", "length"}) {
    json[key] = row.json().value(key, Json());
  }
  return PredictionRow{
      std::filesystem::path(edition_name(params_.edition())) /
          LongBenchDataSet::file_of(part.data->task(), params_.edition(), "").filename(),
      std::move(json)};
}

}  // namespace skipbench
