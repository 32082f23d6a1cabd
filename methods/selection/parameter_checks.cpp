#include "methods/selection/parameter_checks.h"

#include "kernels/base/error.h"

namespace skipbench {

void check_ascending(std::string_view parameter, const std::vector<int64_t>& layers,
                     std::vector<ParameterProblem>& problems) {
  for (size_t i = 1; i < layers.size(); ++i) {
    if (layers[i] > layers[i - 1]) continue;
    problems.push_back(
        {fmt::format("{}[{}]", parameter, i),
         fmt::format("got {} after {}, expected ascending layers", layers[i], layers[i - 1])});
  }
}

void check_odd(std::string_view parameter, int64_t value, std::vector<ParameterProblem>& problems) {
  if (value % 2 != 0) return;
  problems.push_back(
      {std::string(parameter), fmt::format("got {}, expected an odd number", value)});
}

void require_layer(std::string_view parameter, int64_t layer, const ModelConfig& config) {
  if (layer < config.layers) return;
  throw InputError(fmt::format("{} = {}: {} has {} layers, expected at most {}", parameter, layer,
                               config.name, config.layers, config.layers - 1));
}

void require_layers(std::string_view parameter, const std::vector<int64_t>& layers,
                    const ModelConfig& config) {
  for (size_t i = 0; i < layers.size(); ++i) {
    require_layer(fmt::format("{}[{}]", parameter, i), layers[i], config);
  }
}

}  // namespace skipbench
