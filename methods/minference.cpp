#include <ATen/ATen.h>

#include <algorithm>
#include <limits>
#include <map>
#include <numeric>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "kernels/base/error.h"
#include "kernels/model/cache/index_list.h"
#include "kernels/model/layer_context.h"
#include "kernels/ops/rows/top_k.h"
#include "methods/interface/entry.h"
#include "methods/sparse/block_patterns.h"
#include "methods/sparse/line_sums.h"
#include "methods/sparse/sparse_layers.h"
#include "methods/sparse/sparse_method.h"

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

  void check(std::vector<ParameterProblem>& problems) const {
    sparse.check(problems);
    if (heads.has_value() != pairs.has_value()) {
      problems.push_back({heads ? "pairs" : "heads", "must be given: heads names pairs by letter"});
      return;
    }
    if (!heads) return;
    for (size_t i = 0; i < pairs->size(); ++i) {
      if ((*pairs)[i].size() == 2 && (*pairs)[i][1] >= 50) continue;
      problems.push_back({fmt::format("pairs[{}]", i), "expected [vertical, slash >= 50]"});
    }
    for (size_t layer = 0; layer < heads->size(); ++layer) {
      for (const char letter : (*heads)[layer]) {
        if (letter >= 'a' && letter - 'a' < std::ssize(*pairs)) continue;
        problems.push_back(
            {fmt::format("heads[{}]", layer),
             fmt::format("got '{}', expected a letter for each head, from 'a' for the "
                         "first of {} pairs",
                         letter, pairs->size())});
        break;
      }
    }
  }
  void select_everything() {
    vertical = slash = std::numeric_limits<int32_t>::max();  // no prompt is as long
    heads.reset();
    pairs.reset();
  }
  /// With a table of heads the common pair has no effect.
  void canonicalise(const ModelConfig&) {
    if (!heads) return;
    vertical = MInferenceParameters().vertical;
    slash = MInferenceParameters().slash;
  }
  void check_fits(const ModelConfig& config) const {
    sparse.require_fits(config);
    if (heads) require_a_pair_a_head(config);
  }

 private:
  void require_a_pair_a_head(const ModelConfig& config) const {
    const auto fits = [&](const std::string& layer) {
      return std::ssize(layer) == config.query_heads;
    };
    if (std::ssize(*heads) == config.layers && std::all_of(heads->begin(), heads->end(), fits)) {
      return;
    }
    throw InputError(
        fmt::format("heads: {} has {} layers of {} query heads, expected a string of "
                    "so many letters for each layer",
                    config.name, config.layers, config.query_heads));
  }
};

namespace {

/// Query heads of a layer that see as many keys and distances as one another.
struct HeadGroup {
  int64_t vertical, slash;
  std::vector<int64_t> heads;

  bool sees_all(int64_t live) const { return live <= std::max(vertical, slash); }
};

std::vector<HeadGroup> head_groups(const MInferenceParameters& p, int64_t layer,
                                   int64_t query_heads) {
  if (!p.heads) {
    HeadGroup all{p.vertical, p.slash, std::vector<int64_t>(query_heads)};
    std::iota(all.heads.begin(), all.heads.end(), 0);
    return {all};
  }
  std::map<char, HeadGroup> by_letter;
  for (int64_t head = 0; head < query_heads; ++head) {
    const char letter = (*p.heads)[layer][head];
    const std::vector<int64_t>& pair = (*p.pairs)[letter - 'a'];
    by_letter.try_emplace(letter, HeadGroup{pair[0], pair[1], {}})
        .first->second.heads.push_back(head);
  }
  std::vector<HeadGroup> groups;
  for (auto& [letter, group] : by_letter) groups.push_back(std::move(group));
  return groups;
}

// In each row the `count` highest, among them the first `forced`: [h, count] int64, ascending.
// Overwrites the forced scores [h, T].
at::Tensor top_lines(at::Tensor scores, int64_t count, int64_t forced) {
  scores.narrow(1, 0, std::min(forced, count)).fill_(std::numeric_limits<float>::infinity());
  return ops::top_k_rows(scores, count);
}

/// MInference, arXiv 2407.02490, the vertical-slash pattern: what the last queries attend to most
/// says which keys every query of a head sees, and at which distances. T: living tokens.
class MInference : public RunOf<MInference, SparseMethod> {
 public:
  explicit MInference(const RunInputs<MInferenceParameters>& inputs)
      : RunOf(inputs.parameters.sparse, inputs.options), p_(inputs.parameters) {
    for (int64_t layer = 0; layer < inputs.config.layers; ++layer) {
      layers_.push_back(head_groups(p_, layer, inputs.config.query_heads));
    }
  }

 protected:
  bool sees_all(int64_t live) const override {
    return std::all_of(layers_.begin(), layers_.end(), [&](const auto& groups) {
      return std::all_of(groups.begin(), groups.end(),
                         [&](const HeadGroup& group) { return group.sees_all(live); });
    });
  }

  ops::SparsePattern pattern(LayerContext& layer, const SeenAttention& seen) override {
    const int64_t live = layer.live();
    const std::vector<HeadGroup>& groups = layers_[layer.layer()];
    int64_t most = 0;  // keys of a head
    for (const HeadGroup& group : groups) {
      if (!group.sees_all(live)) most = std::max(most, group.vertical);
    }
    const LineSums sums = line_sums(layer, seen, p_.window);
    const int64_t heads = sums.vertical.size(0);
    const auto ranks = sums.vertical.options().dtype(at::kLong);
    at::Tensor columns = at::full({heads, most}, ops::kNoColumn, ranks);
    at::Tensor offsets = at::ones({heads, live}, ranks.dtype(at::kBool));
    for (const HeadGroup& group : groups) {
      if (group.sees_all(live)) continue;
      const at::Tensor rows = device_list(group.heads, layer.device());  // [h]
      columns.narrow(1, 0, group.vertical)
          .index_copy_(0, rows,
                       top_lines(sums.vertical.index_select(0, rows), group.vertical, p_.first));
      const at::Tensor slashes = top_lines(sums.slash.index_select(0, rows), group.slash, p_.last);
      offsets.index_copy_(
          0, rows, at::zeros({rows.size(0), live}, offsets.options()).scatter_(1, slashes, true));
    }
    return {.blocks = diagonal_blocks(offsets), .columns = columns};
  }

 private:
  const MInferenceParameters& p_;
  std::vector<std::vector<HeadGroup>> layers_;
};

}  // namespace

MethodEntry minference_method() {
  return method_entry<MInferenceParameters, MInference>(
      {.name = "minference",
       .summary = "MInference: each head sees the keys and the diagonals that its last queries "
                  "attend to most",
       .paper = "2407.02490",
       .fate = kSparseFate,
       .decides = {Decision::kAttention},
       .small = R"({"vertical": 30, "slash": 50, "window": 8, "first": 3, "last": 45})"});
}

}  // namespace skipbench
