#include "harness/reply/prompts.h"

#include <algorithm>
#include <utility>

#include "kernels/base/error.h"

namespace skipbench {
namespace {

constexpr std::string_view kWhiteSpace = " \t\r\n";

// The reply's first line that says something; "" while there is none yet.
std::string_view first_line(std::string_view reply) {
  const size_t begin = std::min(reply.find_first_not_of(kWhiteSpace), reply.size());
  return reply.substr(begin, reply.substr(begin).find('\n'));
}

bool first_line_ended(std::string_view reply) {
  const size_t begin = reply.find_first_not_of(kWhiteSpace);
  return begin != std::string_view::npos && reply.find('\n', begin) != std::string_view::npos;
}

}  // namespace

PromptBuilder::PromptBuilder(std::shared_ptr<const Tokenizer> tokenizer, ChatTemplate chat,
                             const ModelConfig& config, uint64_t seed)
    : tokenizer_(std::move(tokenizer)), chat_(chat), vocabulary_(config.vocabulary), seed_(seed) {}

Sample PromptBuilder::sample(const Task& task, const Subset& subset, int64_t index) const {
  const CountTokens count = [this](std::string_view text) {
    if (!tokenizer_) throw InputError("a task of text needs a model with a tokenizer");
    return static_cast<int64_t>(tokenizer_->encode(text, false, false).size());
  };
  return task.sample(subset, index, count);
}

PreparedSample PromptBuilder::prepare(Sample made, std::string_view task_name, const Subset& subset,
                                      int64_t index) const {
  const uint64_t seed = sample_seed(seed_, task_name, subset.name, made.id);
  PreparedSample prepared = made.random_tokens > 0 ? random_sample(std::move(made), subset.name,
                                                                   index, vocabulary_, seed_)
                                                   : text_sample(std::move(made));
  prepared.job.prompt.seed = seed;
  return prepared;
}

PreparedSample PromptBuilder::text_sample(Sample made) const {
  PreparedSample prepared{std::move(made), {}};
  Sample& sample = prepared.sample;
  prepared.truncated_tokens = cut_middle(sample);
  prepared.job.prompt =
      build_prompt(*tokenizer_, chat_of(sample), sample.message, sample.answer_prefix);
  prepared.job.answer = answer_tokens(sample);
  prepared.job.rules = rules(sample);
  return prepared;
}

// LongBench's way: the halves are decoded by themselves, special tokens left out, and what they
// give together is tokenized again later. Returns how many tokens are left out.
int64_t PromptBuilder::cut_middle(Sample& sample) const {
  if (sample.max_prompt_tokens == 0) return 0;
  const std::vector<TokenId> ids = tokenizer_->encode(sample.message, true, true);
  const auto length = static_cast<int64_t>(ids.size());
  if (length <= sample.max_prompt_tokens) return 0;
  const int64_t half = sample.max_prompt_tokens / 2;
  sample.message = tokenizer_->decode({ids.begin(), ids.begin() + half}, true) +
                   tokenizer_->decode({ids.end() - half, ids.end()}, true);
  return length - 2 * half;
}

ChatTemplate PromptBuilder::chat_of(const Sample& sample) const {
  return sample.use_chat_template ? chat_ : ChatTemplate::kNone;
}

// The answer as it would follow in the text: after what ends in a word it needs a space. Before it
// stands the prefix, else the message itself; a template ends where the assistant begins to speak.
std::vector<int32_t> PromptBuilder::answer_tokens(const Sample& sample) const {
  if (sample.answers.empty()) return {};
  const bool behind_message =
      sample.answer_prefix.empty() && chat_of(sample) == ChatTemplate::kNone;
  const std::string& before = behind_message ? sample.message : sample.answer_prefix;
  const bool needs_space = !tokenizer_->adds_space() && !before.empty() &&
                           kWhiteSpace.find(before.back()) == std::string_view::npos;
  std::vector<int32_t> tokens =
      tokenizer_->encode((needs_space ? " " : "") + sample.answers[0], false, false);
  // Where prompts are cut to leave room for the reply, the answer has no more room than that.
  if (sample.max_prompt_tokens > 0) {
    tokens.resize(std::min(tokens.size(), static_cast<size_t>(sample.max_new_tokens)));
  }
  return tokens;
}

GenerationRules PromptBuilder::rules(const Sample& sample) const {
  GenerationRules rules;
  rules.max_new_tokens = sample.max_new_tokens;
  rules.ignore_eos = sample.ignore_eos;
  rules.end_tokens = tokenizer_->end_tokens();
  if (sample.ends_at_line_break) {
    const int32_t line_break = tokenizer_->encode("\n", false, false).back();
    rules.not_first = rules.end_tokens;
    rules.not_first.push_back(line_break);
    rules.line_ended = [line_break](const std::vector<int32_t>& generated) {
      return generated.back() == line_break;
    };
  }
  if (sample.stop_at_newline) {
    rules.line_ended = [tokenizer = tokenizer_.get()](const std::vector<int32_t>& generated) {
      return first_line_ended(tokenizer->decode(generated, true));
    };
  }
  return rules;
}

std::string PromptBuilder::prediction(const Sample& sample,
                                      const std::vector<int32_t>& tokens) const {
  if (!tokenizer_ || sample.random_tokens > 0) return "";
  const std::string reply = tokenizer_->decode(tokens, true);
  return sample.stop_at_newline ? std::string(first_line(reply)) : reply;
}

}  // namespace skipbench
