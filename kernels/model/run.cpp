#include "kernels/model/run.h"

#include "kernels/model/layer_context.h"

namespace skipbench {
namespace {

class EverythingRun final : public RunOf<EverythingRun> {};

}  // namespace

std::optional<TokenRows> Run::start(LayerContext&) {
  return std::nullopt;
}

Reads Run::reads(LayerContext& layer) {
  return Reads::all(layer.live());
}

Keeps Run::keeps(LayerContext& layer) {
  return {.rows = layer.seen().visible_rows()};
}

FfnRows Run::ffn(LayerContext& layer) {
  return {TokenRows::all(layer.in_step() ? 1 : layer.live())};
}

TokenRows Run::lives(LayerContext& layer, Point) {
  return TokenRows::all(layer.live());
}

void Run::end_prompt(KvCache&) {}

void Run::begin_step(KvCache&, int64_t) {}

std::unique_ptr<Run> Everything::begin(const Prompt&, const SequenceOptions&) const {
  return std::make_unique<EverythingRun>();
}

}  // namespace skipbench
