#pragma once

#include <optional>

#include "methods/interface/method_entry.h"

namespace skipbench {

/// Parameters of DASH (arXiv 2604.18103).
struct DashParameters {
  std::optional<int64_t> layer;
  double rho = 0.667;

  template <class Visitor>
  void visit(Visitor& v) {
    v("layer", layer,
      Field{.help = "layer after which tokens are frozen (l_s); none: floor(.4 L)",
            .source =
                "2604.18103, a note on the paper; that the layer runs whole, as in a public port",
            .low = 0});
    v("rho", rho,
      Field{.help = "share of the prompt that is frozen",
            .source = "2604.18103, a note on the paper; the last token is never frozen: inferred",
            .low = 0,
            .high = 1});
  }

  void select_everything() { rho = 0.0; }
};

MethodEntry dash_method();

}  // namespace skipbench
