#include "harness/calibrate/calibration_texts.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <random>

#include "harness/base/filled_lines.h"
#include "harness/base/mapped_file.h"
#include "harness/base/parse_json.h"
#include "harness/base/sha256.h"
#include "harness/tasks/calibration_articles.h"
#include "harness/text/token_list.h"
#include "kernels/base/error.h"
#include "kernels/base/json.h"

namespace skipbench {
namespace {

constexpr int64_t kRandomTexts = 8, kRandomTokens = 512;

// Collects texts up to the spec's number, each up to its number of tokens.
class Collector {
 public:
  Collector(const CalibrationSpec& spec, const Tokenizer& tokenizer, int64_t vocabulary)
      : spec_(spec), tokenizer_(tokenizer), vocabulary_(vocabulary) {}

  bool full() const { return static_cast<int64_t>(texts_.size()) >= spec_.count; }
  void add_text(std::string_view text) { add_tokens(tokenizer_.encode(text, true, false)); }
  void add_tokens(std::vector<int32_t> tokens) {
    if (tokens.empty() || full()) return;
    if (static_cast<int64_t>(tokens.size()) > spec_.tokens) tokens.resize(spec_.tokens);
    texts_.push_back(std::move(tokens));
  }
  int64_t vocabulary() const { return vocabulary_; }
  std::vector<std::vector<int32_t>> take() { return std::move(texts_); }

 private:
  const CalibrationSpec& spec_;
  const Tokenizer& tokenizer_;
  int64_t vocabulary_;
  std::vector<std::vector<int32_t>> texts_;
};

std::ifstream open(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream || std::filesystem::is_directory(file)) {
    throw InputError(fmt::format("calibration texts: cannot read '{}'", file.string()));
  }
  return stream;
}

// Paragraphs: what stands between empty lines.
void read_paragraphs(const std::filesystem::path& file, Collector& collector) {
  std::ifstream stream = open(file);
  std::string paragraph;
  for (std::string line; std::getline(stream, line) && !collector.full();) {
    const bool empty = line.find_first_not_of(" \t\r") == std::string::npos;
    if (!empty) {
      paragraph += (paragraph.empty() ? "" : "\n") + line;
    } else if (!paragraph.empty()) {
      collector.add_text(std::exchange(paragraph, ""));
    }
  }
  if (!paragraph.empty()) collector.add_text(paragraph);
}

// "keys prompt, answers": what a row that cannot be used holds.
std::string shape_of(const Json& row) {
  if (!row.is_object()) return row.type_name();
  if (row.contains("text")) return fmt::format("a text that is {}", row.at("text").type_name());
  std::vector<std::string> keys;
  for (const auto& [key, value] : row.items()) keys.push_back(key);
  return fmt::format("keys {}", fmt::join(keys, ", "));
}

void add_row(const Json& row, const std::string& place, Collector& collector) {
  if (row.contains("tokens")) {
    collector.add_tokens(
        token_list(row.at("tokens"), collector.vocabulary(), place + ": \"tokens\""));
    return;
  }
  if (!row.contains("text") || !row.at("text").is_string()) {
    throw InputError(fmt::format(R"({}: got {}, expected {{"text": "..."}} or {{"tokens": [ids]}})",
                                 place, shape_of(row)));
  }
  collector.add_text(row.at("text").get<std::string>());
}

void read_rows(const std::filesystem::path& file, Collector& collector) {
  const MappedFile content(file);
  for (const FileLine& line : filled_lines(content.bytes())) {
    if (collector.full()) return;
    add_row(parse_json(line.text, file.string(), line.number),
            fmt::format("{}:{}", file.string(), line.number), collector);
  }
}

// Not an experiment's seed: a task that makes its samples makes other ones here.
constexpr uint64_t kTaskSeed = 0xca11b8a7e;

// The task's messages without chat template, its subsets in turn.
void read_task_messages(const CalibrationSpec& spec, const Tokenizer& tokenizer,
                        Collector& collector) {
  const std::unique_ptr<Task> task = calibration_task(spec);
  if (task->metrics().empty()) {
    throw InputError(fmt::format("calibration texts: the task '{}' has no texts", spec.task.task));
  }
  const CountTokens count = [&](std::string_view text) {
    return static_cast<int64_t>(tokenizer.encode(text, false, false).size());
  };
  const std::vector<Subset> subsets = task->subsets();
  bool more = true;
  for (int64_t i = 0; more && !collector.full(); ++i) {
    more = false;
    for (const Subset& subset : subsets) {
      if (i >= subset.samples || collector.full()) continue;
      more = true;
      collector.add_text(task->sample(subset, i, count).message);
    }
  }
}

std::vector<std::vector<int32_t>> random_texts(const CalibrationSpec& spec, int64_t vocabulary) {
  std::mt19937_64 random(1);
  std::vector<std::vector<int32_t>> texts(std::min(kRandomTexts, spec.count));
  for (auto& text : texts) {
    text.resize(std::min(kRandomTokens, spec.tokens));
    for (int32_t& token : text) token = static_cast<int32_t>(random() % vocabulary);
  }
  return texts;
}

std::vector<std::vector<int32_t>> real_texts(const CalibrationSpec& spec,
                                             const Tokenizer& tokenizer, int64_t vocabulary) {
  Collector collector(spec, tokenizer, vocabulary);
  const std::filesystem::path file = spec.texts;
  if (!spec.task.task.empty()) {
    read_task_messages(spec, tokenizer, collector);
  } else if (spec.texts == "builtin") {
    for (const std::string_view text : calibration_articles()) collector.add_text(text);
  } else if (file.extension() == ".jsonl") {
    read_rows(file, collector);
  } else {
    read_paragraphs(file, collector);
  }
  return collector.take();
}

}  // namespace

std::unique_ptr<Task> calibration_task(const CalibrationSpec& spec) {
  if (spec.task.task.empty()) return nullptr;
  return find_task(spec.task.task).make(spec.task.params, kTaskSeed);
}

CalibrationTexts calibration_texts(const CalibrationSpec& given, const Tokenizer* tokenizer,
                                   const CheckpointInfo& model) {
  if (tokenizer == nullptr && !model.random_weights) {
    throw InputError(
        fmt::format("calibration texts: {} has no tokenizer; put the model's tokenizer.json into "
                    "{}",
                    model.name, model.file.string()));
  }
  const ModelConfig& config = model.config;
  CalibrationSpec spec = given;
  spec.tokens = std::min(spec.tokens, config.context);
  CalibrationTexts texts;
  texts.tokens = tokenizer == nullptr ? random_texts(spec, config.vocabulary)
                                      : real_texts(spec, *tokenizer, config.vocabulary);
  if (texts.tokens.empty()) {
    throw InputError(fmt::format("calibration texts: '{}' holds no text", spec.texts));
  }
  texts.hash = sha256_hex(Json(texts.tokens).dump());
  return texts;
}

}  // namespace skipbench
