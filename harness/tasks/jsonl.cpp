#include "harness/tasks/jsonl.h"

#include <filesystem>
#include <map>

#include "harness/base/filled_lines.h"
#include "harness/base/mapped_file.h"
#include "harness/base/parse_json.h"
#include "harness/base/sha256.h"
#include "harness/tasks/metrics/metric.h"
#include "kernels/base/error.h"
#include "kernels/base/suggest.h"

namespace skipbench {
namespace {

const std::vector<std::string> kKeys = {"id",      "prompt",        "context", "input",
                                        "answers", "answer_prefix", "chat"};

// One line of the file; every fault is reported with its place.
class Row {
 public:
  Row(const FileLine& line, const std::string& file)
      : place_(fmt::format("{}:{}", file, line.number)),
        json_(parse_json(line.text, file, line.number)) {
    if (!json_.is_object()) fail(fmt::format("got {}, expected a JSON object", json_.type_name()));
  }

  Sample sample(const JsonlTask::Params& params, size_t number) const {
    check_keys();
    Sample sample;
    sample.id = id(number);
    sample.message = message();
    sample.answer_prefix = has("answer_prefix") ? text("answer_prefix") : "";
    sample.answers = answers();
    sample.use_chat_template = chat(params.chat);
    sample.max_new_tokens = params.max_new_tokens;
    sample.stop_at_newline = params.stop_at_newline;
    return sample;
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw InputError(fmt::format("{}: {}", place_, what));
  }

  bool has(const char* key) const { return json_.contains(key); }

  std::string text(const char* key) const {
    const Json& value = json_.at(key);
    if (!value.is_string()) fail(fmt::format("{}: got {}, expected text", key, value.dump()));
    return value.get<std::string>();
  }

  // Other data sets carry more fields than we read; only what looks like a slip is refused.
  void check_keys() const {
    for (const auto& [key, value] : json_.items()) {
      if (std::find(kKeys.begin(), kKeys.end(), key) != kKeys.end()) continue;
      const std::string nearest = nearest_name(key, kKeys);
      if (nearest.empty() || has(nearest.c_str())) continue;
      fail(fmt::format("unknown key '{}'{}", key, suggestion(key, kKeys)));
    }
  }

  std::string id(size_t number) const {
    if (!has("id")) return std::to_string(number);
    const Json& value = json_.at("id");
    if (value.is_number_integer()) return value.dump();
    return text("id");
  }

  std::string message() const {
    if (has("prompt") && (has("context") || has("input"))) {
      fail("expected either 'prompt' or 'context' with 'input', got both");
    }
    if (has("prompt")) return text("prompt");
    if (!has("context")) fail("expected 'prompt', or 'context' with 'input'");
    if (!has("input")) fail("'context' needs 'input' beside it");
    return fmt::format("{}\n\n{}", text("context"), text("input"));
  }

  std::vector<std::string> answers() const {
    if (!has("answers")) fail("expected 'answers', a text or a list of texts");
    const Json& value = json_.at("answers");
    if (value.is_string()) return {text("answers")};
    const bool texts = value.is_array() && !value.empty() &&
                       std::all_of(value.begin(), value.end(),
                                   [](const Json& answer) { return answer.is_string(); });
    if (!texts)
      fail(fmt::format("answers: got {}, expected a text or a list of texts", value.dump()));
    return value.get<std::vector<std::string>>();
  }

  bool chat(bool otherwise) const {
    if (!has("chat")) return otherwise;
    const Json& value = json_.at("chat");
    if (!value.is_boolean())
      fail(fmt::format("chat: got {}, expected true or false", value.dump()));
    return value.get<bool>();
  }

  std::string place_;
  Json json_;
};

}  // namespace

std::vector<std::string> JsonlTask::Params::metric_choices() {
  std::vector<std::string> names;
  for (const Metric& metric : all_metrics()) {
    if (!metric.needs_classes) names.emplace_back(metric.name);
  }
  return names;
}

JsonlTask::JsonlTask(Params params, uint64_t) : params_(std::move(params)) {
  load_words_of(find_metric(params_.metric));
  const MappedFile file{params_.file};
  std::map<std::string, size_t> line_of_id;
  for (const FileLine& line : filled_lines(file.bytes())) {
    rows_.push_back(Row(line, params_.file).sample(params_, rows_.size()));
    const auto [earlier, fresh] = line_of_id.emplace(rows_.back().id, line.number);
    if (!fresh) {
      throw InputError(fmt::format("{}:{}: id '{}' was used in line {} already; give it another",
                                   params_.file, line.number, rows_.back().id, earlier->second));
    }
  }
  if (rows_.empty())
    throw InputError(fmt::format("{}: expected rows, the file has none", params_.file));
  Json identity = write_parameters(params_);
  identity.erase("file");
  identity.erase("limit");
  data_hash_ = sha256_hex("jsonl" + identity.dump() + sha256_hex(file.bytes()));
}

std::vector<Subset> JsonlTask::subsets() const {
  const auto rows = static_cast<int64_t>(rows_.size());
  return {{std::filesystem::path(params_.file).stem().string(), apply_limit(rows, params_.limit),
           rows}};
}

Sample JsonlTask::sample(const Subset&, int64_t index, const CountTokens&) const {
  return rows_.at(static_cast<size_t>(index));
}

std::vector<MetricValue> JsonlTask::score(const Sample& sample, std::string_view prediction) const {
  return {score_metric(params_.metric, prediction, sample.answers)};
}

}  // namespace skipbench
