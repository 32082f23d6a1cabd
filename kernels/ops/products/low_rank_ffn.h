#pragma once

#include <ATen/core/Tensor.h>

namespace skipbench::ops {

/// A gated FFN whose three matrices are factorised: gate = x U_g V_g, up = x U_u V_u, and the
/// result silu(gate) * up times U_d V_d.
struct LowRankFfn {
  at::Tensor gate_up_u;     // [D, 2 r]: U_g, then U_u
  at::Tensor gate_v, up_v;  // [r, F']
  at::Tensor down_u;        // [F', r]
};

/// The L2 norm of the FFN's result for each row of x, times its scale where one is given; V_d's
/// rows being orthonormal, that is the norm of the last product but one. x: [T, D]; scale: [T] fp32
/// or undefined; result [T] fp32. Four products and, on CUDA, two launches more.
at::Tensor low_rank_ffn_norms(const at::Tensor& x, const LowRankFfn& ffn,
                              const at::Tensor& scale = {});

}  // namespace skipbench::ops
