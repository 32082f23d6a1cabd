#include <ATen/ATen.h>

#include <algorithm>
#include <string>

#include "kernels/bench/device_timer.h"
#include "kernels/bench/llama_8b.h"
#include "kernels/bench/register.h"
#include "kernels/model/decoder.h"

// A decode step of the whole model as a user has it, from one token on the host to the next, beside
// DecodeFloor/bytes. L, rows of the cache: state.range(0). The label says how it was decoded.

namespace skipbench::bench {
namespace {

Prompt prompt_of(int64_t length) {
  Prompt prompt;
  for (int64_t i = 0; i < length; ++i) {
    prompt.tokens.push_back(static_cast<int32_t>(i * 7919 % kVocabulary));
  }
  prompt.content_end = length;
  return prompt;
}

void decode_step(benchmark::State& state) {
  const int64_t length = state.range(0);
  const Model model = random_llama_8b();
  Decoder decoder(model);
  const Everything full;
  Sequence sequence = decoder.prefill(prompt_of(length), full);
  int32_t token = greedy_token(sequence);
  const auto step = [&] {
    decoder.extend(sequence, {&token, 1});
    token = greedy_token(sequence);
  };
  const double seconds = seconds_eager(step, step);
  report_bytes(state, seconds, decode_bytes(length));
  state.SetLabel(std::string(sequence.activity.decode_path()));
}

}  // namespace

void add_decode_steps() {
  for (const int64_t length : {2048, 32768}) add("DecodeStep", decode_step)->Arg(length);
}

}  // namespace skipbench::bench
