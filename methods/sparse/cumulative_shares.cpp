#include "methods/sparse/cumulative_shares.h"

#include <ATen/ATen.h>

namespace skipbench {

at::Tensor cumulative_shares(const at::Tensor& scores, bool highest_first) {
  const at::Tensor wide = scores.to(at::kDouble);
  return std::get<0>(at::sort(wide / wide.sum(), 0, highest_first)).cumsum(0);
}

}  // namespace skipbench
