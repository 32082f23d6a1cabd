#include "methods/interface/entry.h"

namespace skipbench {

/// Full attention has no parameters.
struct FullParameters {
  template <class Visitor>
  void visit(Visitor&) {}
  void select_everything() {}
};

namespace {

/// Every answer is the default: every token does everything.
class Full : public RunOf<Full> {
 public:
  explicit Full(const RunInputs<FullParameters>&) {}
};

}  // namespace

MethodEntry full_method() {
  return method_entry<FullParameters, Full>(
      {.name = "full",
       .summary = "Full attention: every token runs every layer; what all others are compared with",
       .paper = "control",
       .fate = "nothing is dropped",
       .decides = {}});
}

}  // namespace skipbench
