#pragma once

#include <array>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "methods/interface/decision.h"
#include "methods/interface/method.h"

namespace skipbench {

/// Two methods on one prompt: asks both every question, so that both can look, and takes the answer
/// of the one that decides it.
class Combined : public Method {
 public:
  struct Part {
    std::string name;
    Decisions decides;
    std::unique_ptr<Method> method;
  };

  /// Throws InputError where `then` drops rows from the cache that `first` brings back.
  Combined(Part first, Part then);

  Needs needs() const override;
  std::unique_ptr<Run> begin(const Prompt& prompt, const SequenceOptions& options) const override;

  std::string_view learner() const override;
  Json artefact_key() const override;
  Artefact calibrate(Decoder& decoder, std::span<const std::vector<int32_t>> texts,
                     const CalibrationStep& before_step) const override;
  double calibration_flops(const ModelConfig& config, at::ScalarType dtype,
                           std::span<const std::vector<int32_t>> texts) const override;
  void use_artefact(const Artefact& artefact, at::Device device, at::ScalarType dtype) override;

 private:
  static bool learns(const Part& part) { return !part.method->artefact_key().is_null(); }
  const Part* only_learner() const;

  std::array<Part, 2> parts_;
};

}  // namespace skipbench
