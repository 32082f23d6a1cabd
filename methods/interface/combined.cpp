#include "methods/interface/combined.h"

#include <fmt/format.h>

#include <utility>

#include "kernels/base/error.h"
#include "methods/interface/combined_run.h"

namespace skipbench {
namespace {

Steps steps_of_both(Steps first, Steps then) {
  if (first == Steps::kFree || first == then) return then;
  return then == Steps::kFree ? first : Steps::kWhole;
}

}  // namespace

Combined::Combined(Part first, Part then) : parts_{std::move(first), std::move(then)} {
  // Some methods change the cache of each decode step only under some of their parameters.
  const Needs needs = parts_[0].method->needs();
  if (!needs.steps_change_cache() || !contains(parts_[1].decides, Decision::kCachedRows)) return;
  throw InputError(fmt::format(
      "'{}' brings rows back into the cache while decoding, and '{}' drops them from it; set {}",
      parts_[0].name, parts_[1].name, needs.revival ? "revive: false" : "kv_manager: false"));
}

Needs Combined::needs() const {
  const Needs first = parts_[0].method->needs(), then = parts_[1].method->needs();
  Needs both = first;
  both.steps = steps_of_both(first.steps, then.steps);
  both.attention_output.insert(both.attention_output.end(), then.attention_output.begin(),
                               then.attention_output.end());
  both.can_compute_everything |= then.can_compute_everything;
  return both;
}

std::unique_ptr<Run> Combined::begin(const Prompt& prompt, const SequenceOptions& options) const {
  const auto run_of = [&](const Part& part) {
    return CombinedRun::Part{part.decides, part.method->needs().steps,
                             part.method->begin(prompt, options)};
  };
  return std::make_unique<CombinedRun>(run_of(parts_[0]), run_of(parts_[1]));
}

// The one that needs an artefact, where only one of them does.
const Combined::Part* Combined::only_learner() const {
  if (learns(parts_[0]) == learns(parts_[1])) return nullptr;
  return learns(parts_[0]) ? &parts_[0] : &parts_[1];
}

std::string_view Combined::learner() const {
  const Part* const only = only_learner();
  return only == nullptr ? std::string_view{} : only->name;
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
                             const CalibrationStep& before_step) const {
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
