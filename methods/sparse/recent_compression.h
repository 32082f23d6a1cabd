#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "kernels/model/seen_attention.h"

namespace skipbench {

class LayerContext;

/// PyramidInfer while decoding (arXiv 2405.12532, the authors' code, an option): whenever a layer
/// has 16 rows more than before, of the 16 rows before its r most recent ones those stay that the r
/// most recent tokens attend to most; their queries are weighted from 1 to 1.2, the newest most.
///
/// Rows count from the first of the prompt's r recent tokens on, 16 to a block. A block is looked
/// at when r tokens have come after it, so a query's weight for a row is known as soon as it
/// attends, and a row's score adds up. A layer's state, in its cache: {scores [S] fp32, the cache's
/// row of each [S] int64}, of the rows not yet looked at.
class RecentCompression {
 public:
  RecentCompression(int64_t prompt, int64_t recent) : prompt_(prompt), recent_(recent) {}

  /// The state after the prompt: its r last tokens' attention among themselves. attention: all T
  /// living tokens. `cached`: how many of them the layer's cache keeps, the last r among them.
  std::vector<at::Tensor> of_prompt(LayerContext& layer, const SeenAttention& attention,
                                    int64_t cached) const;

  /// A new token attended; of a block that is due, `kept` rows stay.
  void attended(LayerContext& layer, int64_t kept) const;

  static constexpr int64_t kBlock = 16;

 private:
  /// The weight of the query of row `newest` for each of `count` rows from `first` on: [count]
  /// fp32.
  at::Tensor weights(int64_t newest, int64_t first, int64_t count,
                     const at::TensorOptions& options) const;
  /// By how much the weight of a query exceeds that of the one before.
  double weight_step() const { return recent_ > 1 ? 0.2 / static_cast<double>(recent_ - 1) : 0; }
  int64_t prompt_, recent_;  // N and r, in tokens
};

}  // namespace skipbench
