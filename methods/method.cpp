#include "methods/method.h"

namespace skipbench {

void Method::attach(const ModelConfig&) {}

Artefact Method::calibrate(Decoder&, std::span<const std::vector<int32_t>>, const BeforeStep&) {
  return {};
}

void Method::use_artefact(const Artefact&, at::Device, at::ScalarType) {}

}  // namespace skipbench
