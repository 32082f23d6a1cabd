// Runs the model core for a comparison with outside software: one request a line on standard input,
// one answer a line on standard output, so that both sides can be timed in turns.
//
//   serve_model CHECKPOINT DEVICE DTYPE THREADS
//
// Answers first with the model's shape. Request: {"tokens": [ids], "new_tokens": 32,
// "logits": "FILE or absent", "gaps": false}. Answer: {"ttft_ms": x, "decode_ms": y, "greedy":
// [ids], "gaps": [x, ...]}: how long the tokens after the first took together, and, where asked
// for, by how much each token's logit leads the next best. FILE receives the last prompt token's
// logits, [V] fp32.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <span>
#include <string>
#include <vector>

#include "harness/checkpoint/checkpoint.h"
#include "kernels/base/error.h"
#include "kernels/base/freed_memory.h"
#include "kernels/base/json.h"
#include "kernels/model/decoder.h"

namespace skipbench {
namespace {

at::ScalarType dtype_of(const std::string& name) {
  if (name == "float32") return at::kFloat;
  if (name == "bfloat16") return at::kBFloat16;
  if (name == "float16") return at::kHalf;
  throw InputError("unknown dtype '" + name + "'; expected float32, bfloat16 or float16");
}

void write_logits(const std::string& file, const at::Tensor& logits) {
  const at::Tensor host = logits.to(at::kCPU, at::kFloat).contiguous();  // [V]
  std::ofstream out(file, std::ios::binary);
  out.write(static_cast<const char*>(host.const_data_ptr()),
            static_cast<std::streamsize>(host.nbytes()));
  if (!out.flush()) throw InputError("cannot write " + file);
}

double lead_of_best(const at::Tensor& logits) {
  const at::Tensor best = std::get<0>(logits.topk(2)).to(at::kCPU);
  return (best[0] - best[1]).item<double>();
}

Json answer(Decoder& decoder, const Json& request) {
  Prompt prompt;
  prompt.tokens = request.at("tokens").get<std::vector<int32_t>>();
  prompt.content_end = prompt.length();
  const int64_t new_tokens = request.value("new_tokens", int64_t{1});
  const bool with_gaps = request.value("gaps", false);
  const Everything full_attention;

  using Clock = std::chrono::steady_clock;
  using Milliseconds = std::chrono::duration<double, std::milli>;
  const auto begin = Clock::now();
  Sequence sequence = decoder.prefill(prompt, full_attention, {.reserve = new_tokens});
  std::vector<int32_t> greedy = {greedy_token(sequence.logits)};
  const Milliseconds ttft = Clock::now() - begin;

  if (request.contains("logits")) write_logits(request["logits"], sequence.logits);
  Json gaps = Json::array();
  if (with_gaps) gaps.push_back(lead_of_best(sequence.logits));
  const auto begin_decode = Clock::now();
  while (static_cast<int64_t>(greedy.size()) < new_tokens) {
    decoder.extend(sequence, std::span(&greedy.back(), 1));
    greedy.push_back(greedy_token(sequence));
    if (with_gaps) gaps.push_back(lead_of_best(sequence.logits));
  }
  const Milliseconds decode = Clock::now() - begin_decode;
  return {
      {"ttft_ms", ttft.count()}, {"decode_ms", decode.count()}, {"greedy", greedy}, {"gaps", gaps}};
}

Json shape(const ModelConfig& config) {
  return {{"family", family_name(config.family)},
          {"layers", config.layers},
          {"width", config.width},
          {"ffn_width", config.ffn_width},
          {"query_heads", config.query_heads},
          {"kv_heads", config.kv_heads},
          {"head_size", config.head_size},
          {"vocabulary", config.vocabulary},
          {"context", config.context},
          {"rope_base", config.rope_base},
          {"norm_epsilon", config.norm_epsilon},
          {"tied_embeddings", config.tied_embeddings}};
}

int serve(int argc, char** argv) {
  if (argc != 5) throw InputError("usage: serve_model CHECKPOINT DEVICE DTYPE THREADS");
  at::set_num_threads(std::stoi(argv[4]));
  const Checkpoint checkpoint = load_checkpoint(argv[1], at::Device(argv[2]), dtype_of(argv[3]));
  Decoder decoder(*checkpoint.model);
  std::cout << shape(checkpoint.model->config) << std::endl;
  for (std::string line; std::getline(std::cin, line);) {
    std::cout << answer(decoder, Json::parse(line)) << std::endl;
  }
  return 0;
}

}  // namespace
}  // namespace skipbench

int main(int argc, char** argv) {
  skipbench::keep_freed_memory();
  try {
    return skipbench::serve(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "serve_model: %s\n", error.what());
    return 2;
  }
}
