#pragma once

#include <cstdint>

#include "kernels/model/weights.h"

namespace skipbench {

/// Has causal attention's plans built for every number of rows up to `rows` (ops/row_buffer.h), so
/// that a prompt of a length never seen before meets none that is missing: 32 an octave, 40 to 60
/// ms each, once on a thread. Those of selected attention, by queries and keys, are met on the way.
/// Nothing where attention needs no plans: on a CPU, and in fp32.
void plan_ahead(const Model& model, int64_t rows);

}  // namespace skipbench
