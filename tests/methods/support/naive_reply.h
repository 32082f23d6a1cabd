#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "kernels/base/json.h"
#include "kernels/model/decoder.h"
#include "tests/methods/support/naive_model.h"

namespace skipbench::test {

/// Generated tokens, one after the other, computed a second time: each layer's input of every token
/// is kept, in double precision, and a new token sees what it is told to see.
class NaiveReply {
 public:
  /// What the token at `position` sees of a layer, itself included: one list, or one a KV head.
  using Sees = std::function<std::vector<Positions>(const NaiveLayer& layer, int64_t index,
                                                    int64_t position)>;

  /// inputs: for each layer [N, D], what the prompt's tokens bring into it.
  /// side_by_side: what a token sees stands at positions without gaps up to its own.
  NaiveReply(const Model& model, std::vector<at::Tensor> inputs, Sees sees,
             bool side_by_side = false)
      : model_(model),
        inputs_(std::move(inputs)),
        sees_(std::move(sees)),
        side_by_side_(side_by_side) {}

  /// Feeds a token. Returns [V] logits of the next one.
  at::Tensor feed(int32_t token);

 private:
  const Model& model_;
  std::vector<at::Tensor> inputs_;
  Sees sees_;
  bool side_by_side_;
};

/// Each layer's input [N, D] under full attention.
std::vector<at::Tensor> naive_full_inputs(const Model& model, const Prompt& prompt);

/// [V] logits of the reference once it was fed one more token.
using Feed = std::function<at::Tensor(int32_t token)>;

/// Decodes `tokens` greedy tokens and feeds each to the reference: equal logits, to 1e-4.
void expect_same_reply(Decoder& decoder, Sequence& sequence, int64_t tokens, const Feed& feed);

/// After decoding and rewinding the same tokens give the same logits, bit for bit, and the cache is
/// as it was.
void expect_rewinds(Decoder& decoder, Sequence& sequence, int64_t tokens);

/// Decodes under the method with everything selected and under full attention: the same bits.
void expect_full_when_everything_is_selected(std::string_view method, const Json& given);

}  // namespace skipbench::test
