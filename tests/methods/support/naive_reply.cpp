#include "tests/methods/support/naive_reply.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "tests/methods/support/tiny_model.h"

namespace skipbench::test {

at::Tensor NaiveReply::feed(int32_t token) {
  const int64_t position = inputs_[0].size(0);
  at::Tensor x = model_.weights.embedding[token].to(at::kDouble).unsqueeze(0);  // [1, D]
  for (int64_t l = 0; l < model_.config.layers; ++l) {
    inputs_[l] = at::cat({inputs_[l], x});
    const NaiveLayer layer(model_, l, inputs_[l]);
    x = x + layer.attention_of(position, sees_(layer, l, position), side_by_side_).unsqueeze(0);
    x = x + layer.ffn(x);
  }
  return naive_logits(model_, x);
}

std::vector<at::Tensor> naive_full_inputs(const Model& model, const Prompt& prompt) {
  std::vector<at::Tensor> inputs;
  at::Tensor x = naive_embedding(model, prompt);
  const Positions all = all_positions(prompt.length());
  for (int64_t l = 0; l < model.config.layers; ++l) {
    inputs.push_back(x.clone());
    const NaiveLayer layer(model, l, x);
    x = x + layer.attention(all);
    x = x + layer.ffn(x);
  }
  return inputs;
}

void expect_same_reply(Decoder& decoder, Sequence& sequence, int64_t tokens, const Feed& feed) {
  for (int64_t i = 0; i < tokens; ++i) {
    const int32_t token = greedy_token(sequence.logits);
    decoder.extend(sequence, {&token, 1});
    const at::Tensor error = (sequence.logits.to(at::kDouble) - feed(token)).abs().max();
    ASSERT_LE(error.item<double>(), 1e-4) << "token " << i;
  }
}

void expect_rewinds(Decoder& decoder, Sequence& sequence, int64_t tokens) {
  const Sequence::Mark mark = sequence.mark();
  const int64_t bytes = sequence.cache.bytes_in_use();
  std::vector<int32_t> reply;
  for (int64_t i = 0; i < tokens; ++i) {
    reply.push_back(greedy_token(sequence.logits));
    decoder.extend(sequence, std::span(&reply.back(), 1));
  }
  const at::Tensor after = sequence.logits;
  const Activity activity = sequence.activity;
  for (int round = 0; round < 2; ++round) {
    sequence.rewind(mark);
    EXPECT_EQ(sequence.cache.bytes_in_use(), bytes);
    EXPECT_TRUE(at::equal(decoder.extend(sequence, reply)[tokens - 1], after));
    EXPECT_EQ(sequence.activity.decode_rows, activity.decode_rows);
    EXPECT_EQ(sequence.activity.revived_tokens, activity.revived_tokens);
    EXPECT_EQ(sequence.activity.recalled_rows, activity.recalled_rows);
  }
}

void expect_full_when_everything_is_selected(std::string_view method, const Json& given) {
  const std::vector<int32_t> reply = {3, 1, 4, 1, 5, 9, 2, 6, 5, 3};
  for (const TinyShape& shape : tiny_shapes()) {
    const Model model = tiny_model(shape);
    Decoder decoder(model);
    const auto decoded = [&](std::string_view name, const Json& params) {
      const auto ready = ready_method(name, params, decoder);
      Sequence sequence = decoder.prefill(tiny_prompt(50), *ready);
      std::vector<at::Tensor> logits;
      for (const int32_t& token : reply) logits.push_back(decoder.extend(sequence, {&token, 1}));
      EXPECT_EQ(sequence.activity.decode_kv_share(), 1.0) << name;
      return at::cat(logits);
    };
    const Json everything = find_method(method).select_everything(resolved(method, given));
    EXPECT_TRUE(at::equal(decoded(method, everything), decoded("full", {}))) << shape.name;
  }
}

}  // namespace skipbench::test
