#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/model/decoder.h"
#include "methods/interface/method.h"

namespace skipbench {

/// What methods are calibrated on.
struct CalibrationTexts {
  std::vector<std::vector<int32_t>> tokens;
  std::string hash;

  size_t total() const;  // tokens of all texts
};

/// Artefacts in memory and on disk (the cache folder's artefacts/), made when first asked for.
class ArtefactCache {
 public:
  using Note = std::function<void(const std::string&)>;
  /// `note` is told when an artefact has to be made, which can take a while, and `phase` how far
  /// that is (Progress::phase()); `before_step` may throw to end it, and nothing is kept.
  ArtefactCache(Decoder& decoder, const CalibrationTexts& texts, Note note, Note phase,
                BeforeStep before_step);

  /// The artefact called `hash`, calibrated with `method` when the cache does not hold it.
  const Artefact& get(const std::string& hash, const Method& method, std::string_view method_name);

 private:
  Decoder& decoder_;
  const CalibrationTexts& texts_;
  Note note_, phase_;
  BeforeStep before_step_;
  std::map<std::string, Artefact> loaded_;
};

}  // namespace skipbench
