#include "methods/full.h"

#include "methods/interface/entry.h"

namespace skipbench {
namespace {

/// Every hook keeps its default: every token does everything.
class Full : public Method {
 public:
  explicit Full(const FullParameters&) {}
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
