#include "methods/interface/combined_run.h"

#include <optional>
#include <utility>

#include "kernels/model/layer_context.h"

namespace skipbench {

std::unique_ptr<Run> CombinedRun::clone() const {
  const auto copy = [](const Part& part) {
    return Part{part.decides, part.steps, part.run->clone()};
  };
  return std::make_unique<CombinedRun>(copy(parts_[0]), copy(parts_[1]));
}

bool CombinedRun::asked(const Part& part, const LayerContext& layer, bool ffn_question) {
  return !layer.in_step() || part.steps == Steps::kWhole ||
         (ffn_question && part.steps == Steps::kFfn);
}

template <class Ask>
auto CombinedRun::answer(Decision decision, Ask ask) {
  auto first = ask(parts_[0]);
  auto then = ask(parts_[1]);
  return contains(parts_[1].decides, decision) ? std::move(then) : std::move(first);
}

std::optional<TokenRows> CombinedRun::start(LayerContext& layer) {
  return answer(Decision::kRestart, [&](const Part& part) { return part.run->start(layer); });
}

// The second method may have a rule for attention itself, where the first lets all tokens ask.
Reads CombinedRun::reads(LayerContext& layer) {
  const auto ask = [&](const Part& part) {
    return asked(part, layer, false) ? part.run->reads(layer) : Reads::all(layer.live());
  };
  Reads first = ask(parts_[0]);
  const bool then_decides = contains(parts_[1].decides, Decision::kAttention);
  return then_decides && !layer.in_step() && first.everyone_asks() ? ask(parts_[1]) : first;
}

Keeps CombinedRun::keeps(LayerContext& layer) {
  return answer(Decision::kCachedRows, [&](const Part& part) {
    return asked(part, layer, false) ? part.run->keeps(layer) : Keeps{};
  });
}

FfnRows CombinedRun::ffn(LayerContext& layer) {
  const Decision decision = layer.in_step() ? Decision::kDecodeFfn : Decision::kFfnRows;
  return answer(decision, [&](const Part& part) {
    return asked(part, layer, true) ? part.run->ffn(layer) : FfnRows{TokenRows::all(1)};
  });
}

TokenRows CombinedRun::lives(LayerContext& layer, Point point) {
  const Decision decision =
      point == Point::kAfterAttention ? Decision::kKeepBeforeFfn : Decision::kKeepAfterLayer;
  return answer(decision, [&](const Part& part) {
    return asked(part, layer, true) ? part.run->lives(layer, point) : TokenRows::all(layer.live());
  });
}

void CombinedRun::end_prompt(KvCache& cache) {
  for (const Part& part : parts_) part.run->end_prompt(cache);
}

void CombinedRun::begin_step(KvCache& cache, int64_t step) {
  for (const Part& part : parts_) {
    if (part.steps != Steps::kFree) part.run->begin_step(cache, step);
  }
}

}  // namespace skipbench
