#pragma once

#include <cstdint>

#include "kernels/model/weights.h"

namespace skipbench {

/// Memory of a model's weights, in bytes; a tied output layer counts once.
int64_t weights_bytes(const ModelWeights& weights);

}  // namespace skipbench
