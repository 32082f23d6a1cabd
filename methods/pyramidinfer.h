#pragma once

#include <string>

#include "methods/interface/method_entry.h"

namespace skipbench {

/// Parameters of PyramidInfer (arXiv 2405.12532).
struct PyramidInferParameters {
  double recent = 0.2;
  double decay = 0.9;
  int64_t sinks = 4;
  int64_t min_context = 64;
  std::string short_context = "whole";
  bool compound = true;
  bool gather_kv = false;
  bool decode = false;

  template <class Visitor>
  void visit(Visitor& v) {
    constexpr std::string_view kSource = "2405.12532, the authors' code";
    v("recent", recent,
      Field{.help = "last share of the prompt that is never dropped, one token more; the rest is "
                    "the context",
            .source = kSource,
            .low = 0,
            .high = 1});
    v("decay", decay,
      Field{.help = "d: layer l keeps (1 - d) (cos(pi l / L) + 1) / 2 + d of the context; 1: all",
            .source = kSource,
            .low = 0,
            .high = 1});
    v("sinks", sinks,
      Field{.help = "so many first context tokens are always kept", .source = kSource, .low = 0});
    v("min_context", min_context,
      Field{.help = "a layer whose share is no more context tokens than this prunes as "
                    "short_context says",
            .source = kSource,
            .low = 0});
    v("short_context", short_context,
      Field{.help = "where a layer's share falls to min_context, the whole context stays, or "
                    "min_context of it",
            .source = "2405.12532: whole in the authors' code, minimum in a public port",
            .choices = {"whole", "minimum"}});
    v("compound", compound,
      Field{.help = "each layer's share is of the context that entered it; false: of the prompt's",
            .source = "2405.12532, the authors' code (true); false: inferred"});
    v("gather_kv", gather_kv,
      Field{.help = "a layer caches only the tokens that survive it; false: those that entered it",
            .source = "2405.12532, the authors' code (false); true: inferred"});
    v("decode", decode,
      Field{.help =
                "while decoding, whenever a layer's cache has grown by 16 rows, of the 16 before "
                "the recent ones those stay that these attend to",
            .source = "2405.12532, the authors' code, where it is an option"});
  }

  void select_everything() { decay = 1.0; }
};

MethodEntry pyramidinfer_method();

}  // namespace skipbench
