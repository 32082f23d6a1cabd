#include "methods/interface/combined.h"

#include <fmt/format.h>

#include "kernels/base/error.h"

namespace skipbench {

void Combined::attach(const ModelConfig& config) {
  for (const Part& part : parts_) part.method->attach(config);
  // Some methods plan the cache of each decode step only under some of their parameters.
  if (!parts_[0].method->plans_decode() || !contains(parts_[1].decides, Decision::kCachedRows)) {
    return;
  }
  throw InputError(fmt::format(
      "'{}' brings rows back into the cache while decoding, and '{}' drops them from it; set {}",
      parts_[0].name, parts_[1].name,
      parts_[0].method->revives() ? "revive: false" : "kv_manager: false"));
}

// One learner shares its artefact with the method by itself; two keep theirs in one file, each
// tensor under its method's name.
Json Combined::artefact_key() const {
  if (const Part* const only = only_learner()) return only->method->artefact_key();
  if (!learns(parts_[0])) return nullptr;
  Json keys;
  for (const Part& part : parts_) keys[part.name] = part.method->artefact_key();
  return keys;
}

Artefact Combined::calibrate(Decoder& decoder, std::span<const std::vector<int32_t>> texts,
                             const CalibrationStep& before_step) {
  if (const Part* const only = only_learner()) {
    return only->method->calibrate(decoder, texts, before_step);
  }
  Artefact both;
  double before = 0;  // parts that are done
  const auto step = [&](double done) { before_step((before + done) / parts_.size()); };
  for (const Part& part : parts_) {
    for (auto& [name, tensor] : part.method->calibrate(decoder, texts, step).tensors) {
      both.tensors[part.name + "/" + name] = std::move(tensor);
    }
    ++before;
  }
  return both;
}

double Combined::calibration_flops(const ModelConfig& config, at::ScalarType dtype,
                                   std::span<const std::vector<int32_t>> texts) const {
  double flops = 0;
  for (const Part& part : parts_) {
    if (learns(part)) flops += part.method->calibration_flops(config, dtype, texts);
  }
  return flops;
}

void Combined::use_artefact(const Artefact& artefact, at::Device device, at::ScalarType dtype) {
  if (const Part* const only = only_learner()) {
    return only->method->use_artefact(artefact, device, dtype);
  }
  for (const Part& part : parts_) {
    Artefact own;
    const std::string prefix = part.name + "/";
    for (const auto& [name, tensor] : artefact.tensors) {
      if (name.starts_with(prefix)) own.tensors[name.substr(prefix.size())] = tensor;
    }
    part.method->use_artefact(own, device, dtype);
  }
}

}  // namespace skipbench
