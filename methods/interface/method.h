#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/base/json.h"
#include "kernels/model/layer_hooks.h"
#include "kernels/model/model_config.h"

namespace skipbench {

class Decoder;

/// What a method learns offline from texts: named tensors on the CPU.
struct Artefact {
  std::map<std::string, at::Tensor> tensors;
};

/// What is called before each step of something that takes long, so that whoever waits for it can
/// end it there by throwing.
using BeforeStep = std::function<void()>;

/// The same of a calibration, a step being a text or a part of a layer: with the share of its work
/// that is done, from 0 to 1.
using CalibrationStep = std::function<void(double done)>;

/// A token-skipping method: decides which tokens do what, computes no layer. One object serves one
/// cell of a sweep, prompt after prompt.
///
/// How to add one, say "nth", which runs the FFN on every n-th token only:
///   1. methods/nth.cpp: `struct NthParameters` with a member and a line in visit() for each
///      parameter, `select_everything()` that turns skipping off (n = 1), optionally `check()`: see
///      parameters.h. Then a class derived from Method, constructed from NthParameters, with the
///      hooks it needs (here ffn_rows). Answers are ranks among the tokens alive, and
///      TokenRows::all() where nothing is skipped. Products of its own go through layer.meter().
///      Last, `nth_method()` returns method_entry<NthParameters, Nth>({name, summary, ...}), whose
///      `decides` names each hook that answers: by that it can be combined with other methods.
///   2. registry.cpp: the line `line(nth)`; and the name in score_driven.h where not only which
///      tokens run, but how many, follows from scores.
///   3. Optionally experiments/presets/nth.yaml, and a reference in tests/methods/nth_test.cpp. The
///      tests in registry_test.cpp run every method of the table: give it parameters that skip.
class Method : public LayerHooks {
 public:
  /// From now on the method never leaves to the model core what it would compute itself, even where
  /// everything is selected: the self-check's way to its own operation. Whether it has one, whose
  /// sums may be rounded otherwise than the core's.
  virtual bool compute_everything_itself() { return false; }

  /// Called once, before anything else, with the model's shape: derive the schedule, refuse what
  /// does not fit (InputError naming the parameter).
  virtual void attach(const ModelConfig& config);

  /// The part of the parameters that an artefact depends on; null when the method needs none.
  /// Equal keys (and equal model and texts) share one artefact.
  virtual Json artefact_key() const { return nullptr; }

  /// The method of the registry whose artefact this one uses as its own; "" for itself.
  virtual std::string_view learner() const { return {}; }

  /// Learns the artefact from token lists.
  virtual Artefact calibrate(Decoder& decoder, std::span<const std::vector<int32_t>> texts,
                             const CalibrationStep& before_step);

  /// FLOPs of calibrate() in a dtype, about, for estimates; here a prefill of each text.
  virtual double calibration_flops(const ModelConfig& config, at::ScalarType dtype,
                                   std::span<const std::vector<int32_t>> texts) const;

  /// Hands the artefact over, on the model's device and in its dtype where the method wants it.
  virtual void use_artefact(const Artefact& artefact, at::Device device, at::ScalarType dtype);
};

}  // namespace skipbench
