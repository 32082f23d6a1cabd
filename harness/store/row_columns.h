#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "harness/store/row.h"

namespace skipbench {

/// The tables sample_row and timing_row; the latter holds what clock and memory said.
enum class RowTable { kSample, kTiming };

/// What view `samples` shows of a column: its values, those of rows that ended well (else NULL), or
/// nothing; or the view places the column itself.
enum class Shown { kAlways, kOfGoodRows, kNever };

/// A column of a sample's row. The tables and their migration, insertion, reading, merging, the
/// view and its description in docs/views.md follow from it.
struct RowColumn {
  /// Decides the type in SQL, which is NOT NULL unless it is optional. Rows older than the column
  /// have NULL, or 0 or '' where it is none of the optional ones.
  using Member =
      std::variant<int64_t RowColumns::*, double RowColumns::*, bool RowColumns::*,
                   std::string RowColumns::*, RowStatus RowColumns::*,
                   std::vector<int32_t> RowColumns::*, std::optional<int64_t> RowColumns::*,
                   std::optional<double> RowColumns::*, std::optional<std::string> RowColumns::*>;

  std::string_view name;
  Member member;
  int since;                 // schema version
  std::string_view meaning;  // a phrase with the unit
  RowTable table = RowTable::kSample;
  Shown shown = Shown::kAlways;
  bool bulky = false;  // an Observation lacks it
};

/// All columns, by version, in their order in the tables and in the view. A new one stands at the
/// end, with the next version.
inline constexpr auto kRowColumns = [] {
  using enum RowTable;
  using enum Shown;
  using R = RowColumns;
  return std::to_array<RowColumn>({
      {"status", &R::status, 1, "how the row ended: ok, oom (out of memory), error or invalid",
       kSample, kNever},
      {"error", &R::error, 1,
       "why the status is not ok, or why a good row has no loss of the answer", kSample, kNever},
      {"prediction", &R::prediction, 1, "the reply as it is scored", kSample, kAlways, true},
      {"new_token_ids", &R::new_token_ids, 1, "tokens of the reply, a JSON list", kSample, kNever,
       true},
      {"prompt_tokens", &R::prompt_tokens, 1, "tokens of the prompt as the model gets it"},
      {"truncated_tokens", &R::truncated_tokens, 1, "tokens left out of the prompt's middle"},
      {"new_tokens", &R::new_tokens, 1, "tokens of the reply", kSample, kOfGoodRows},
      {"finish_reason", &R::finish_reason, 1, "what ended the reply: eos, length or newline"},
      {"position_in_round", &R::position_in_round, 1,
       "the method's place, from 0, among those measured in the round", kTiming, kNever},
      {"ttft_ms", &R::ttft_ms, 1, "milliseconds to the first token, by the wall clock", kTiming},
      {"e2e_ms", &R::e2e_ms, 1, "milliseconds to the last token, by the wall clock", kTiming},
      {"ms_per_token", &R::ms_per_token, 1,
       "milliseconds per decode step, the mean; NULL without one", kTiming},
      {"peak_bytes", &R::peak_bytes, 1,
       "peak of the GPU memory in bytes, with the weights; NULL on a CPU", kTiming},
      {"kv_bytes", &R::kv_bytes, 1, "bytes of the KV cache after the prompt", kSample, kOfGoodRows},
      {"kv_bytes_full", &R::kv_bytes_full, 1, "bytes of full attention's KV cache after the prompt",
       kSample, kNever},
      {"flops", &R::flops, 1, "floating-point operations of the prefill", kSample, kOfGoodRows},
      {"flops_full", &R::flops_full, 1, "floating-point operations of full attention's prefill",
       kSample, kNever},
      {"kl_first_token", &R::kl_first_token, 1,
       "divergence of the first token's distribution from the baseline's in nats; NULL where the "
       "method cannot change it"},
      {"greedy_match", &R::greedy_match, 1,
       "share of positions at which the reply has the baseline's token"},
      {"answer_nll", &R::answer_nll, 1, "loss of the gold answer in nats per token"},
      {"attention_share", &R::attention_share, 1,
       "share of tokens that attention updated, mean over layers", kSample, kOfGoodRows},
      {"ffn_share", &R::ffn_share, 1, "share of tokens that ran the FFN, mean over layers", kSample,
       kOfGoodRows},
      {"attention_pair_share", &R::attention_pair_share, 1,
       "share of causal query-key pairs attended", kSample, kOfGoodRows},
      {"kv_share", &R::kv_share, 1,
       "rows in the KV cache per token of the prompt, mean over layers; above 1 where query heads "
       "have lists of their own",
       kSample, kOfGoodRows},
      {"decode_ffn_share", &R::decode_ffn_share, 1,
       "share of FFNs run in decode steps; NULL without a step"},
      {"active", &R::active, 1, "1 if the method skipped anything, else 0", kSample, kOfGoodRows},
      {"inactive_reason", &R::inactive_reason, 1, "why the method skipped nothing"},
      {"random_weights", &R::random_weights, 1,
       "1 if the model has random weights, and so no accuracy, else 0", kSample, kNever},
      {"decode_path", &R::decode_path, 4,
       "how the reply was decoded: graph (a CUDA graph), eager or mixed; empty without a decode "
       "step",
       kSample, kOfGoodRows},
      {"eager_reason", &R::eager_reason, 4,
       "why decode steps replayed no CUDA graph; empty where they did"},
      {"decode_kv_share", &R::decode_kv_share, 4,
       "cache rows attended in decode steps / those of full attention; NULL without a step"},
      {"ttft_device_ms", &R::ttft_device_ms, 4,
       "milliseconds to the first token between CUDA events; NULL on a CPU", kTiming},
      {"weights_bytes", &R::weights_bytes, 4,
       "bytes of the weights, which peak_bytes holds; NULL on a CPU", kTiming},
      {"kl_decoded", &R::kl_decoded, 9,
       "divergence from the baseline's distributions of what follows each of the answer's first "
       "tokens, teacher-forced, mean in nats"},
      {"slow_prefill", &R::slow_prefill, 9,
       "operations of the prefill that ran as something slower than their kernel, 'operation: "
       "reason; ...'"},
      {"slow_decode", &R::slow_decode, 9,
       "operations of decode steps that ran as something slower than their kernel, as in "
       "slow_prefill"},
      {"busy_ms", &R::busy_ms, 10,
       "milliseconds for which the GPU was at work in a further prefill; NULL on a CPU", kTiming},
  });
}();

/// The version of the newest column.
inline constexpr int kNewestColumn = kRowColumns.back().since;

}  // namespace skipbench
