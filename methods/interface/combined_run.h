#pragma once

#include <array>
#include <memory>

#include "kernels/model/run.h"
#include "methods/interface/decision.h"

namespace skipbench {

/// The runs of two methods on one sequence. Of a decode step each is asked as much as its own needs
/// say.
class CombinedRun : public Run {
 public:
  struct Part {
    Decisions decides;
    Steps steps;
    std::unique_ptr<Run> run;
  };

  CombinedRun(Part first, Part then) : parts_{std::move(first), std::move(then)} {}
  std::unique_ptr<Run> clone() const override;

  std::optional<TokenRows> start(LayerContext& layer) override;
  Reads reads(LayerContext& layer) override;
  Keeps keeps(LayerContext& layer) override;
  FfnRows ffn(LayerContext& layer) override;
  TokenRows lives(LayerContext& layer, Point point) override;
  void end_prompt(KvCache& cache) override;
  void begin_step(KvCache& cache, int64_t step) override;

 private:
  template <class Ask>
  auto answer(Decision decision, Ask ask);
  // Whether the part is asked a question of the layer; its FFN and who lives on, or all of them.
  static bool asked(const Part& part, const LayerContext& layer, bool ffn_question);

  std::array<Part, 2> parts_;
};

}  // namespace skipbench
