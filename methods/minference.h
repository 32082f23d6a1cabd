#pragma once

#include <optional>
#include <string>
#include <vector>

#include "methods/interface/method_entry.h"
#include "methods/sparse/sparse_layers.h"

namespace skipbench {

/// Parameters of MInference's vertical-slash pattern (arXiv 2407.02490).
struct MInferenceParameters {
  SparseLayers sparse;
  int64_t vertical = 1000;
  int64_t slash = 6096;
  std::optional<std::vector<std::string>> heads;
  std::optional<std::vector<std::vector<int64_t>>> pairs;
  int64_t window = 64;
  int64_t first = 30;
  int64_t last = 100;

  template <class Visitor>
  void visit(Visitor& v) {
    v("vertical", vertical,
      Field{.help = "keys that all later queries of a head see; a head with as many as the prompt "
                    "has tokens is dense",
            .source = "authors' code: for heads that its tables do not name; at least 30",
            .low = 30});
    v("slash", slash,
      Field{.help = "distances at which all queries of a head see a key, in whole blocks of 128 "
                    "queries and 64 keys: 1.0 to 1.7 times the pairs of the authors' blocks of 64 "
                    "at any offset; a head with as many as the prompt has tokens is dense",
            .source = "authors' code, as vertical; at least 50; blocks: ours",
            .low = 50});
    v("heads", heads,
      Field{.help =
                "a pair for each query head instead: a string a layer, a letter a head, 'a' for "
                "the first of pairs",
            .source = "authors' code: a table for each model that they searched"});
    v("pairs", pairs,
      Field{.help = "the pairs [vertical, slash] that heads names",
            .source = "authors' code",
            .low = 30});
    v("window", window,
      Field{.help = "last queries, whose attention scores keys and distances",
            .source = "authors' code",
            .low = 1});
    v("first", first,
      Field{.help = "so many first keys are always among the vertical ones",
            .source = "authors' code",
            .low = 0});
    v("last", last,
      Field{.help = "so many shortest distances are always among the slashes",
            .source = "authors' code",
            .low = 1});
    sparse.visit(v);
  }

  void check(std::vector<ParameterProblem>& problems) const;
  void select_everything();
  /// With a table of heads the common pair has no effect.
  void canonicalise(const ModelConfig&);
};

MethodEntry minference_method();

}  // namespace skipbench
