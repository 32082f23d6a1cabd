#pragma once

#include <functional>

#include "tests/methods/support/naive_cache.h"
#include "tests/methods/support/naive_model.h"

namespace skipbench::test {

/// The attention output [N, D] of layer `index` among the living tokens.
using NaiveAttention =
    std::function<at::Tensor(const NaiveLayer& layer, int64_t index, const Positions& live)>;

/// SPTS written from its description, in loops over prompt positions. `params` as resolve() writes
/// them. With ffn_criterion random the FFN's rows are taken from `drawn` (one list a layer).
/// `cache` says what the cache keeps; without it all that was visible. `attention` computes it
/// where all living tokens attend; without it it is dense.
Outcome naive_spts(const Model& model, const Prompt& prompt, const Json& params,
                   const std::vector<Positions>& drawn = {}, const NaiveChosenCache& cache = {},
                   const NaiveAttention& attention = {});

/// The `count` highest of scores[live], ascending; forced ones inside or on top.
Positions naive_select(const std::vector<double>& scores, const Positions& live, int64_t count,
                       const Json& params);

}  // namespace skipbench::test
