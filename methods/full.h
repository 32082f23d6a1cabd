#pragma once

#include "methods/interface/method_entry.h"

namespace skipbench {

/// Full attention has no parameters.
struct FullParameters {
  template <class Visitor>
  void visit(Visitor&) {}
  void select_everything() {}
};

MethodEntry full_method();

}  // namespace skipbench
