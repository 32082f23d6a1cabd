#pragma once

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <vector>

#include "kernels/model/prefill/residual_stream.h"

namespace skipbench::test {

/// Two streams with the same updates, of all rows, of some, of none; one adds each at once, since
/// its hidden state is asked for, the other with the norm that follows: both the same bit for bit.
inline void expect_same_as_added_at_once(const at::TensorOptions& options) {
  const int64_t rows = 37, width = 64;
  const at::Tensor x = at::randn({rows, width}, options), weight = at::rand({width}, options);
  ResidualStream at_once(x.clone()), waits(x.clone());
  const auto ids = options.dtype(at::kLong);
  const std::vector<TokenRows> updates = {
      TokenRows::of(at::arange(1, rows, 3, ids), rows), TokenRows::all(rows),
      TokenRows::of(at::arange(rows - 1, rows, ids), rows), TokenRows::none(rows)};
  for (size_t i = 0; i < updates.size(); ++i) {
    const at::Tensor update = at::randn({updates[i].count(), width}, options);
    for (ResidualStream* stream : {&at_once, &waits}) {
      stream->add(updates[i], update);
    }
    at_once.hidden();
    const at::Tensor expected = at_once.norm(weight, 1e-5), actual = waits.norm(weight, 1e-5);
    EXPECT_TRUE(at::equal(actual, expected)) << "update " << i;
    EXPECT_TRUE(at::equal(waits.hidden(), at_once.hidden())) << "update " << i;
  }
}

}  // namespace skipbench::test
