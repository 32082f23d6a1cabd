#include "harness/tune/tune_texts.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <numeric>
#include <vector>

#include "harness/base/mapped_file.h"
#include "harness/calibrate/calibration_texts.h"
#include "harness/reply/prompts.h"
#include "harness/tasks/sampling.h"
#include "harness/text/tokenizer.h"
#include "kernels/base/error.h"

namespace skipbench {
namespace {

using Tokens = std::vector<TokenId>;

constexpr int64_t kFewest = 4;   // texts, two a half
constexpr size_t kShortest = 8;  // tokens of a text

// One running text; what remains after the last whole piece is left out.
std::vector<Tokens> pieces_of_file(const std::string& file, size_t tokens,
                                   const Tokenizer& tokenizer) {
  const MappedFile content{std::filesystem::path(file)};
  const Tokens all = tokenizer.encode(content.bytes(), false, false);
  std::vector<Tokens> pieces;
  for (size_t begin = 0; begin + tokens <= all.size(); begin += tokens) {
    pieces.emplace_back(all.begin() + begin, all.begin() + begin + tokens);
  }
  return pieces;
}

// The prompt after which the answer begins with a word, as PromptBuilder puts a space there.
Json text_row(const Tokens& text, int64_t answer_tokens, const Tokenizer& tokenizer) {
  const auto split = [&](size_t at) {
    return std::pair(tokenizer.decode({text.begin(), text.begin() + at}, true),
                     tokenizer.decode({text.begin() + at, text.end()}, true));
  };
  const size_t wanted = text.size() - std::min<size_t>(answer_tokens, text.size() / 4);
  auto [prompt, answer] = split(wanted);
  for (size_t at = wanted; at > text.size() / 2; --at) {
    auto [before, behind] = split(at);
    if (before.empty() || before.back() == ' ' || before.back() == '\n') continue;
    if (behind.size() < 2 || behind[0] != ' ') continue;
    prompt = std::move(before);
    answer = behind.substr(1);
    break;
  }
  return {{"prompt", prompt}, {"answers", {answer}}, {"chat", false}};
}

std::vector<Json> rows_of_texts(const CalibrationSpec& source, int64_t answer_tokens,
                                const Checkpoint& text) {
  const Tokenizer& tokenizer = *text.tokenizer;
  CalibrationSpec spec = source;
  constexpr int64_t kRoom = 16;  // decoded and encoded again a text may have a few tokens more
  spec.tokens =
      std::max<int64_t>(kShortest, std::min(spec.tokens, text.info.config.context - kRoom));
  const bool running = std::filesystem::path(spec.texts).extension() == ".txt";
  const std::vector<Tokens> texts = running ? pieces_of_file(spec.texts, spec.tokens, tokenizer)
                                            : calibration_texts(spec, &tokenizer, text.info).tokens;
  std::vector<Json> rows;
  for (const Tokens& each : texts) {
    if (static_cast<int64_t>(rows.size()) == spec.count) break;
    if (each.size() >= kShortest) rows.push_back(text_row(each, answer_tokens, tokenizer));
  }
  return rows;
}

// The samples as their own protocol cuts them, the subsets in turn.
std::vector<Json> rows_of_task(const CalibrationSpec& source, const Checkpoint& text,
                               uint64_t seed) {
  const std::unique_ptr<Task> task = find_task(source.task.task).make(source.task.params, seed);
  const PromptBuilder prompts(text.tokenizer, text.chat, text.info.config, seed);
  std::vector<Json> rows;
  bool more = !task->metrics().empty();
  for (int64_t i = 0; more; ++i) {
    more = false;
    for (const Subset& subset : task->subsets()) {
      if (i >= subset.samples || static_cast<int64_t>(rows.size()) == source.count) continue;
      more = true;
      const Sample sample = prompts.prepare(*task, source.task.task, subset, i).sample;
      if (sample.answers.empty()) continue;
      rows.push_back({{"prompt", sample.message},
                      {"answer_prefix", sample.answer_prefix},
                      {"answers", sample.answers},
                      {"chat", sample.use_chat_template}});
    }
  }
  if (!rows.empty()) return rows;
  throw InputError(
      fmt::format("--texts: the task '{}' has no right answers, whose loss would be the measure",
                  source.task.task));
}

// The rows numbered, as lines in their order.
std::string lines_of(const std::vector<Json>& rows, std::vector<size_t> chosen) {
  std::sort(chosen.begin(), chosen.end());
  std::string lines;
  for (const size_t index : chosen) {
    Json row = rows[index];
    row["id"] = std::to_string(index);
    lines += row.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  }
  return lines;
}

}  // namespace

TuneTexts tune_texts(const CalibrationSpec& source, int64_t answer_tokens, const Checkpoint& text,
                     uint64_t seed) {
  const std::vector<Json> rows = source.task.task.empty()
                                     ? rows_of_texts(source, answer_tokens, text)
                                     : rows_of_task(source, text, seed);
  const auto count = static_cast<int64_t>(rows.size());
  if (count < kFewest) {
    throw InputError(
        fmt::format("--texts: '{}' gives {} texts; expected {} or more, one half to search on and "
                    "one held out; "
                    "give more text, or shorter pieces of it with --tokens (now {})",
                    source.texts, count, kFewest, source.tokens));
  }
  std::vector<size_t> order(rows.size());
  std::iota(order.begin(), order.end(), size_t{0});
  SampleRandom(seed, "tune", 0).shuffle(order);
  const auto middle = order.begin() + (count + 1) / 2;
  return {lines_of(rows, {order.begin(), middle}), lines_of(rows, {middle, order.end()}),
          (count + 1) / 2, count / 2};
}

}  // namespace skipbench
