#include "harness/experiment/launcher.h"

#include <fmt/format.h>

#include <string>
#include <vector>

#include "kernels/base/suggest.h"

namespace skipbench {
namespace {

void check_kind(const std::string& kind, const Position& where, Problems& problems) {
  if (kind == "local") return;
  if (kind == "slurm") {
    problems.add(where,
                 "the launcher 'slurm' is not there in this version; 'local' runs on one machine, "
                 "and databases of several machines become one with 'skipbench merge'");
    return;
  }
  static const std::vector<std::string> kKinds{"local"};
  problems.add(where, fmt::format("unknown launcher '{}'{}", kind, suggestion(kind, kKinds)));
}

}  // namespace

LauncherSpec read_launcher(const YamlNode& node, Problems& problems) {
  LauncherSpec spec;
  if (node.is_scalar()) {
    check_kind(node.text, node.where, problems);
    return spec;
  }
  MapReader map(node, "'launcher'", problems);
  if (map.require("kind") != nullptr) {
    check_kind(map.text("kind", "local"), node.locate("kind"), problems);
  }
  spec.workers = map.integer("workers", spec.workers, 1);
  map.finish();
  return spec;
}

}  // namespace skipbench
