#pragma once

#include <cstdint>
#include <string>

#include "harness/checkpoint/checkpoint.h"
#include "harness/experiment/experiment.h"

namespace skipbench {

/// The user's texts as rows of the task `jsonl`, in two halves that share no text.
struct TuneTexts {
  std::string search, held_out;    // JSON lines
  int64_t searched = 0, held = 0;  // rows of each
};

/// Fewer texts have no interval on the held-out half (six samples).
inline constexpr int64_t kTextsForIntervals = 12;

/// Makes prompts with gold answers of what `source` names (with_source()): of a .txt file, pieces
/// of `source.tokens` tokens, of the rows of a .jsonl file and of our articles, their first so many
/// tokens; the last `answer_tokens` of each, a quarter of it at most, from a word on, are the
/// answer. A task's samples stay as they are. At most `source.count`, halved at random by `seed`.
/// `text` is the model's load_text_side(). Throws InputError for fewer than four, texts that cannot
/// be read, and a task without answers.
TuneTexts tune_texts(const CalibrationSpec& source, int64_t answer_tokens, const Checkpoint& text,
                     uint64_t seed);

}  // namespace skipbench
