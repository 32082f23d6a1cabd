#include "kernels/model/prefill/prefill_pass.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "kernels/base/check.h"
#include "kernels/model/prefill/layer_pass.h"
#include "kernels/model/prefill/prefill_layer.h"
#include "kernels/model/rope.h"

namespace skipbench {
namespace {

// The tokens of `prompt` at `positions`, ascending, as a prompt of their own.
Prompt part_of(const Prompt& prompt, const std::vector<int64_t>& positions) {
  Prompt part;
  part.seed = prompt.seed;
  for (const int64_t position : positions) {
    part.tokens.push_back(prompt.tokens.at(position));
    part.content_begin += position < prompt.content_begin ? 1 : 0;
    part.content_end += position < prompt.content_end ? 1 : 0;
  }
  return part;
}

// Positions in the part become positions in the whole prompt.
void translate(std::vector<int64_t>& positions, const std::vector<int64_t>& whole) {
  for (int64_t& position : positions) position = whole.at(position);
}

}  // namespace

at::Tensor PrefillPass::run(const Prompt& prompt) {
  sequence_.activity.prompt_length = sequence_.next_position = prompt.length();
  const Ended first = run_layers(prompt, /*may_restart=*/true);
  return first.hidden.defined() ? first.hidden : run_again(prompt, first.chosen);
}

PrefillPass::Ended PrefillPass::run_layers(const Prompt& prompt, bool may_restart) {
  const at::Tensor ids = at::tensor(at::ArrayRef<int32_t>(prompt.tokens));
  ResidualStream stream(
      model_.weights.embedding.index_select(0, ids.to(model_.device(), at::kLong)));
  at::Tensor positions =
      at::arange(prompt.length(), at::TensorOptions(model_.device()).dtype(at::kLong));
  for (int64_t layer = 0; layer < model_.config.layers; ++layer) {
    PrefillLayer context(model_, rope_, prompt, layer, std::move(stream), std::move(positions),
                         sequence_.work);
    if (may_restart) {
      if (const auto chosen = sequence_.run->start(context)) {
        require(chosen->live() == context.live(), "start: rows among {} tokens, but {} are alive",
                chosen->live(), context.live());
        return {.hidden = {}, .chosen = gather(context.positions(), *chosen)};
      }
    }
    sequence_.activity.layers.push_back(LayerPass(context, sequence_, options_).run());
    stream = context.take_stream();
    positions = context.positions();
  }
  const at::Tensor& hidden = stream.hidden();
  return {.hidden = hidden.narrow(0, hidden.size(0) - 1, 1), .chosen = {}};
}

at::Tensor PrefillPass::run_again(const Prompt& prompt, const at::Tensor& chosen) {
  const at::Tensor host = chosen.to(at::kCPU).contiguous();
  const auto* const data = host.const_data_ptr<int64_t>();
  const std::vector<int64_t> whole(data, data + host.numel());
  require(!whole.empty(), "start: no token was chosen");
  sequence_.deferred_pairs.settle(model_.config, sequence_.activity.layers, sequence_.work);
  const int64_t abandoned = sequence_.work.total();
  sequence_.activity.layers.clear();
  sequence_.cache.dropped().clear();
  const Prompt part = part_of(prompt, whole);
  rope_.reserve(part.length());  // under dynamic scaling the part turns as a prompt of its length
  sequence_.next_position = part.length();

  at::Tensor hidden = run_layers(part, /*may_restart=*/false).hidden;
  sequence_.activity.abandoned_flops = abandoned;
  for (LayerActivity& layer : sequence_.activity.layers) {
    translate(layer.attention_positions, whole);
    translate(layer.ffn_positions, whole);
    translate(layer.alive_positions, whole);
    for (auto& head : layer.kv_positions) translate(head, whole);
  }
  return hidden;
}

}  // namespace skipbench
