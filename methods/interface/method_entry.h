#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "kernels/base/json.h"
#include "kernels/model/model_config.h"
#include "methods/interface/decision.h"
#include "methods/interface/parameters.h"

namespace skipbench {

class Method;

/// One line of the table of methods, or two of them combined.
struct MethodEntry {
  std::string name;     // as written in YAML; of a combination "spts+snapkv"
  std::string summary;  // one line
  std::string paper;    // arXiv id or "control"
  std::string fate;     // of dropped tokens: what happens to them, and whether they supply K/V
  Decisions decides;    // which questions it answers with anything but "everything"
  Json small;           // parameters with which it skips on a small model and a short prompt
  std::function<std::vector<FieldDescription>()> describe;
  /// Defaults and given parameters together; problems are collected, not thrown.
  std::function<Json(const Json& given, std::vector<ParameterProblem>& problems)> resolve;
  /// The same method with every token selected: must equal full attention (the self-check).
  std::function<Json(const Json& resolved)> select_everything;
  /// The same computation with what the other parameters and the model leave no effect at its
  /// default: equal results mean equal computations.
  std::function<Json(const Json& resolved, const ModelConfig& config)> canonical;
  /// For a model of this shape, which may refuse the parameters (InputError naming one).
  std::function<std::unique_ptr<Method>(const Json& resolved, const ModelConfig& config)> make;
  std::vector<std::string> parts = {};  // of a combination: its two methods
};

}  // namespace skipbench
