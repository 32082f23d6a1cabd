#include "kernels/bench/llama_8b.h"

#include <ATen/ATen.h>

namespace skipbench::bench {

at::Tensor random(at::IntArrayRef shape, double scale) {
  return at::empty(shape, at::TensorOptions(at::kCUDA).dtype(at::kBFloat16)).normal_(0, scale);
}

}  // namespace skipbench::bench
