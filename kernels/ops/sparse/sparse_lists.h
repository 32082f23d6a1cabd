#pragma once

#include "kernels/ops/device/cuda_types.h"
#include "kernels/ops/sparse/sparse_attention_cuda.h"

namespace skipbench::ops {

/// Fills the job's lists from its blocks and column keys.
void launch_list_keys(const SparseAttentionJob& job, CudaStream stream);

}  // namespace skipbench::ops
