#pragma once

#include <string>
#include <string_view>

#include "kernels/base/json.h"
#include "methods/interface/registry.h"

namespace skipbench {

/// A number among a method's parameters, or a list of them, that is multiplied as a whole. A share
/// of the prompt stops at 1.0, a count of tokens at 1.
class ScaledParameter {
 public:
  /// `name` is a parameter of the method ("budgets", "then.keep") and `params` what it is scaled
  /// from, resolved. Throws InputError when it is unknown, or nothing that can be multiplied.
  ScaledParameter(const MethodEntry& method, std::string name, Json params);

  /// All parameters, this one times `factor`.
  Json params_at(double factor) const;
  /// The scaled parameter alone.
  Json value_at(double factor) const;
  /// From here on a larger factor changes nothing: every share is the whole prompt. Infinite where
  /// something is no share.
  double saturation() const;
  /// "SPTS budgets x 0.62".
  std::string label_at(std::string_view label, double factor) const;
  const std::string& name() const { return name_; }

 private:
  std::string name_;
  Json params_;
  Json base_;
  bool is_budget_ = false;
};

/// Throws InputError when the method has no such parameter, with the nearest name, or one that is
/// no number.
void check_scalable(const MethodEntry& method, std::string_view name);

}  // namespace skipbench
