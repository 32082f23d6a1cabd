#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "methods/selection/parameter_checks.h"

namespace skipbench {

/// In which layers a method of sparse attention is sparse.
struct SparseLayers {
  std::optional<std::vector<int64_t>> layers;

  template <class Visitor>
  void visit(Visitor& v) {
    v("layers", layers,
      Field{.help = "layers whose attention is sparse, ascending; none given: every layer",
            .source = "ours; published for every layer",
            .low = 0});
  }

  void check(std::vector<ParameterProblem>& problems) const {
    if (layers) check_ascending("layers", *layers, problems);
  }

  void require_fits(const ModelConfig& config) const {
    if (layers) require_layers("layers", *layers, config);
  }

  bool contain(int64_t layer) const {
    return !layers || std::binary_search(layers->begin(), layers->end(), layer);
  }
};

}  // namespace skipbench
