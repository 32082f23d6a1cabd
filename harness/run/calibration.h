#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "harness/checkpoint/checkpoint.h"
#include "harness/experiment/experiment.h"
#include "harness/tasks/task.h"
#include "harness/text/tokenizer.h"
#include "kernels/model/decoder.h"
#include "methods/method.h"

namespace skipbench {

/// What methods are calibrated on.
struct CalibrationTexts {
  std::vector<std::vector<int32_t>> tokens;
  std::string hash;

  size_t total() const;  // tokens of all texts
};

/// Tokenizes the texts of `spec`, none longer than the model's context. For random weights, which
/// have no tokenizer, seeded random ids stand in.
/// Throws InputError naming file and line: unreadable, no texts, a row without "text" or "tokens";
/// and for other weights without a tokenizer.
CalibrationTexts calibration_texts(const CalibrationSpec& spec, const Tokenizer* tokenizer,
                                   const CheckpointInfo& model);

/// The task whose messages are the texts; null where the spec names no task.
std::unique_ptr<Task> calibration_task(const CalibrationSpec& spec);

/// Names what an artefact was made of: model, dtype, texts, the method's artefact key and the
/// source of the core and the method. "" when the method needs none.
std::string artefact_hash(const Method& method, std::string_view method_name,
                          std::string_view model_hash, std::string_view dtype,
                          const CalibrationTexts& texts);

/// Artefacts in memory and on disk (the cache folder's artefacts/), made when first asked for.
class ArtefactCache {
 public:
  using Note = std::function<void(const std::string&)>;
  /// `note` is told when an artefact has to be made, which can take a while; `before_step` may
  /// throw to end that, and nothing is kept.
  ArtefactCache(Decoder& decoder, const CalibrationTexts& texts, Note note, BeforeStep before_step);

  /// The artefact called `hash`, calibrated with `method` when the cache does not hold it.
  const Artefact& get(const std::string& hash, Method& method, std::string_view method_name);

 private:
  Decoder& decoder_;
  const CalibrationTexts& texts_;
  Note note_;
  BeforeStep before_step_;
  std::map<std::string, Artefact> loaded_;
};

}  // namespace skipbench
