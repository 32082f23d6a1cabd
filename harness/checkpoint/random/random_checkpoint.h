#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <string_view>
#include <vector>

#include "kernels/model/weights.h"

namespace skipbench {

/// The shape after "random:<shape>". Throws InputError naming the nearest one.
ModelConfig random_config(const std::string& shape);

/// Identifies the weights by shape and seed (the dtype is a key of its own wherever results are
/// stored).
std::string random_hash(const ModelConfig& config, uint64_t seed);

/// Matrices and biases with a standard deviation of 0.02, norms 1: activations stay finite in bf16
/// at the depths here. Models of up to 200 million parameters are drawn on the CPU in fp32, so that
/// all devices and dtypes hold the same ones; larger ones are drawn where they will live.
Model random_model(const ModelConfig& config, at::Device device, at::ScalarType dtype,
                   uint64_t seed);

}  // namespace skipbench
