#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "harness/reply/prepared_sample.h"
#include "harness/tasks/task.h"
#include "harness/text/chat_template.h"
#include "harness/text/tokenizer.h"
#include "kernels/model/model_config.h"

namespace skipbench {

/// Raised whenever a prompt would be built, decoded, cut off or timed differently: rows made by
/// other rules never mix with new ones. 3: nothing of the harness on the clock or in the peak, and
/// all of the answer is fed. 2: the warm-up decodes to the end, and the gold answer's
/// leading space follows from what really stands before it.
inline constexpr int kProtocolVersion = 3;

/// Turns samples into prompts of one model: chat template, answer prefix, token ids, end tokens.
class PromptBuilder {
 public:
  /// `tokenizer` may be null (random weights, weights alone): then only prompts of random tokens
  /// can be made.
  PromptBuilder(std::shared_ptr<const Tokenizer> tokenizer, ChatTemplate chat,
                const ModelConfig& config, uint64_t seed);

  /// The sample as the task makes it for this model's tokenizer, before anything is cut.
  Sample sample(const Task& task, const Subset& subset, int64_t index) const;
  /// Its prompt. `made` is the subset's at `index`.
  PreparedSample prepare(Sample made, std::string_view task_name, const Subset& subset,
                         int64_t index) const;
  PreparedSample prepare(const Task& task, std::string_view task_name, const Subset& subset,
                         int64_t index) const {
    return prepare(sample(task, subset, index), task_name, subset, index);
  }

  /// The reply as text; of a one-line reply only that line.
  std::string prediction(const Sample& sample, const std::vector<int32_t>& tokens) const;

  ChatTemplate chat() const { return chat_; }

 private:
  PreparedSample text_sample(Sample made) const;
  int64_t cut_middle(Sample& sample) const;
  ChatTemplate chat_of(const Sample& sample) const;
  std::vector<int32_t> answer_tokens(const Sample& sample) const;
  GenerationRules rules(const Sample& sample) const;

  std::shared_ptr<const Tokenizer> tokenizer_;
  ChatTemplate chat_;
  int64_t vocabulary_;
  uint64_t seed_;
};

}  // namespace skipbench
