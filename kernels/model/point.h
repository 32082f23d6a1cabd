#pragma once

namespace skipbench {

/// Where in a layer tokens may leave: with the layer's FFN still to run, or after it.
enum class Point { kAfterAttention, kAfterLayer };

}  // namespace skipbench
