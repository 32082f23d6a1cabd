#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kernels/base/json.h"
#include "kernels/model/model_config.h"
#include "kernels/model/run.h"

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

/// A token-skipping method with its parameters, for one model: decides which tokens do what,
/// computes no layer. It is immutable from its first run on; what belongs to a sequence lies in the
/// Run.
///
/// How to add one, say "nth", which runs the FFN on every n-th token only:
///   1. methods/nth.cpp: `struct NthParameters` with a member and a line in visit() for each
///      parameter, `select_everything()` that turns skipping off (n = 1), optionally `check()` and
///      `check_fits(config)`: see parameters.h. Then `class Nth : public RunOf<Nth>`, constructed
///      from RunInputs<NthParameters>, with the questions that it answers (here ffn): see run.h.
///      Answers are ranks among the tokens alive, and TokenRows::all() where nothing is skipped.
///      Products of its own go through layer.meter(). What it needs of the core, if anything, is
///      its `static Needs needs(parameters, config)`. Last, `nth_method()` returns
///      method_entry<NthParameters, Nth>({name, summary, ...}), whose `decides` names each question
///      that it answers: by that it can be combined with other methods. A method that learns from
///      texts derives from Method instead, and begins its runs itself (ffn_skipllm.cpp).
///   2. table.h: its line.
///   3. Optionally experiments/presets/nth.yaml, and a reference in tests/methods/nth_test.cpp. The
///      tests in registry_test.cpp run every method of the table, with the parameters that its
///      entry names as `small`.
class Method : public TokenPolicy {
 public:
  /// The part of the parameters that an artefact depends on; null when the method needs none.
  /// Equal keys (and equal model and texts) share one artefact.
  virtual Json artefact_key() const { return nullptr; }

  /// The method of the registry whose artefact this one uses as its own; "" for itself.
  virtual std::string_view learner() const { return {}; }

  /// Learns the artefact from token lists.
  virtual Artefact calibrate(Decoder& decoder, std::span<const std::vector<int32_t>> texts,
                             const CalibrationStep& before_step) const;

  /// FLOPs of calibrate() in a dtype, about, for estimates; here a prefill of each text.
  virtual double calibration_flops(const ModelConfig& config, at::ScalarType dtype,
                                   std::span<const std::vector<int32_t>> texts) const;

  /// Hands the artefact over, on the model's device and in its dtype where the method wants it:
  /// before the first run.
  virtual void use_artefact(const Artefact& artefact, at::Device device, at::ScalarType dtype);
};

/// What a run begins with. The references are the method's and the prefill's: parameters and config
/// may be kept, the prompt may not.
template <class Params>
struct RunInputs {
  const Params& parameters;
  const ModelConfig& config;
  const Prompt& prompt;
  SequenceOptions options;
};

/// A method that learns nothing: its runs need its parameters and the model's shape alone.
/// Params::check_fits(config), where it exists, refuses what does not fit the model (InputError
/// naming the parameter); RunType::needs(parameters, config), where it exists, says what it needs.
template <class Params, class RunType>
class MethodOf final : public Method {
 public:
  MethodOf(Params parameters, const ModelConfig& config)
      : parameters_(std::move(parameters)), config_(config) {
    if constexpr (requires { parameters_.check_fits(config_); }) parameters_.check_fits(config_);
  }

  Needs needs() const override {
    if constexpr (requires { RunType::needs(parameters_, config_); }) {
      return RunType::needs(parameters_, config_);
    } else {
      return {};
    }
  }

  std::unique_ptr<Run> begin(const Prompt& prompt, const SequenceOptions& options) const override {
    return std::make_unique<RunType>(RunInputs<Params>{parameters_, config_, prompt, options});
  }

 private:
  Params parameters_;
  ModelConfig config_;
};

}  // namespace skipbench
