#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "kernels/model/model_config.h"
#include "methods/interface/parameters.h"

namespace skipbench {

/// Adds a problem for each layer of the list that is not above the one before it.
void check_ascending(std::string_view parameter, const std::vector<int64_t>& layers,
                     std::vector<ParameterProblem>& problems);

/// Adds a problem when the number is even.
void check_odd(std::string_view parameter, int64_t value, std::vector<ParameterProblem>& problems);

/// Throws InputError naming the parameter when the model has no such layer.
void require_layer(std::string_view parameter, int64_t layer, const ModelConfig& config);
void require_layers(std::string_view parameter, const std::vector<int64_t>& layers,
                    const ModelConfig& config);

}  // namespace skipbench
