#pragma once

#include <string>
#include <vector>

namespace skipbench {

/// The words for FfnCriterion in parameters, in its order.
inline std::vector<std::string> ffn_criterion_names() {
  return {"ltp",    "ltp-unweighted",    "attention", "hnorm",        "hnorm-inv",    "delta",
          "oracle", "oracle-unweighted", "random",    "fixed-stride", "fixed-recency"};
}

}  // namespace skipbench
