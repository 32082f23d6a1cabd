#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include "kernels/base/random.h"
#include "kernels/model/cache/index_list.h"
#include "kernels/model/layer_context.h"
#include "methods/interface/entry.h"
#include "methods/sparse/sparse_layers.h"
#include "methods/sparse/sparse_method.h"

namespace skipbench {

/// Parameters of the work model of block-sparse attention.
struct BlockSparseParameters {
  SparseLayers sparse;
  double pair_share = 0.25;
  int64_t sinks = 64;
  int64_t local = 128;

  template <class Visitor>
  void visit(Visitor& v) {
    v("pair_share", pair_share,
      Field{.help = "share of a sparse layer's causal query-key pairs; 1: all",
            .source = "ours: what a sparse method is assumed to need",
            .low = 0,
            .high = 1});
    v("sinks", sinks,
      Field{.help = "so many first keys are seen by all queries; in whole blocks of 64",
            .source = "ours",
            .low = 0});
    v("local", local,
      Field{.help = "so many keys before a block of 128 queries are seen by it, beside its own; in "
                    "whole blocks of 64",
            .source = "ours",
            .low = 0});
    sparse.visit(v);
  }

  void check(std::vector<ParameterProblem>& problems) const { sparse.check(problems); }
  void check_fits(const ModelConfig& config) const { sparse.require_fits(config); }
  void select_everything() { pair_share = 1.0; }
};

namespace {

using ops::kKeyBlock;
using ops::kQueryBlock;

// What each block of queries sees: the sinks [0, from), the band [to, ...) up to itself, and
// `drawn` of the blocks of keys between.
struct RowPlan {
  std::vector<int64_t> from, to, drawn;  // [Q]
  bool sees_all = true;
};

RowPlan plan_rows(const BlockSparseParameters& p, int64_t tokens) {
  RowPlan plan;
  double missing = 0;  // pairs that the rows so far are short of their share
  for (int64_t begin = 0; begin < tokens; begin += kQueryBlock) {
    const int64_t rows = std::min(kQueryBlock, tokens - begin), own = begin / kKeyBlock;
    const int64_t to = std::max<int64_t>(0, own - ops::key_blocks(p.local));
    const int64_t from = std::min(ops::key_blocks(p.sinks), to), between = to - from;
    const auto all = static_cast<double>(causal_pairs(begin + rows) - causal_pairs(begin));
    const auto block = static_cast<double>(rows * kKeyBlock);
    const double forced = all - static_cast<double>(between) * block;
    missing += p.pair_share * all - forced;
    const int64_t drawn = std::clamp<int64_t>(std::llround(missing / block), 0, between);
    missing -= static_cast<double>(drawn) * block;
    plan.from.push_back(from);
    plan.to.push_back(to);
    plan.drawn.push_back(drawn);
    plan.sees_all = plan.sees_all && drawn == between;
  }
  return plan;
}

// Where each head begins to draw in each block of queries: [H, Q] in [0, to - from), the same on
// every device.
at::Tensor random_starts(const LayerContext& layer, const RowPlan& plan) {
  SplitMix64 random(SplitMix64(layer.prompt().seed).next() + static_cast<uint64_t>(layer.layer()));
  const int64_t heads = layer.config().query_heads, rows = std::ssize(plan.to);
  std::vector<int64_t> starts;
  starts.reserve(heads * rows);
  for (int64_t head = 0; head < heads; ++head) {
    for (int64_t row = 0; row < rows; ++row) {
      const int64_t between = std::max<int64_t>(1, plan.to[row] - plan.from[row]);
      starts.push_back(random.below(static_cast<uint32_t>(between)));
    }
  }
  return device_list(starts, layer.device()).to(at::kInt).view({heads, rows});
}

/// A model of the work of block-sparse attention, not a method: sinks, a band, and blocks spread
/// evenly between them from a random start, as many as make up a given share of the pairs.
class BlockSparse : public RunOf<BlockSparse, SparseMethod> {
 public:
  explicit BlockSparse(const RunInputs<BlockSparseParameters>& inputs)
      : RunOf(inputs.parameters.sparse, inputs.options), p_(inputs.parameters) {}

 protected:
  bool sees_all(int64_t live) const override { return plan_rows(p_, live).sees_all; }

  ops::SparsePattern pattern(LayerContext& layer, const SeenAttention&) override {
    const RowPlan plan = plan_rows(p_, layer.live());
    const at::Tensor starts = random_starts(layer, plan).unsqueeze(2);  // [H, Q, 1]
    const auto column = [&](const std::vector<int64_t>& x) {
      return device_list(x, layer.device()).to(at::kInt).unsqueeze(1);  // [Q, 1]
    };
    const at::Tensor from = column(plan.from), to = column(plan.to), drawn = column(plan.drawn);
    const at::Tensor between = (to - from).clamp_min(1);
    const at::Tensor keys = at::arange(ops::key_blocks(layer.live()), from.options());  // [K]

    // Counting up by `drawn` from the start passes a multiple of `between` `drawn` times.
    const at::Tensor counter = ((keys - from) * drawn + starts).remainder(between);  // [H, Q, K]
    const at::Tensor seen = (counter >= between - drawn)
                                .logical_and(keys < to)
                                .logical_or(keys < from)
                                .logical_or(keys >= to);
    return {.blocks = seen, .columns = {}};
  }

 private:
  const BlockSparseParameters& p_;
};

}  // namespace

MethodEntry block_sparse_method() {
  return method_entry<BlockSparseParameters, BlockSparse>(
      {.name = "block_sparse",
       .summary = "Work model, no method: block-sparse attention over a given share of the pairs, "
                  "chosen without looking; for speed on random weights",
       .paper = "control",
       .fate = kSparseFate,
       .decides = {Decision::kAttention},
       .small = R"({"pair_share": 0.6, "sinks": 64, "local": 0})"});
}

}  // namespace skipbench
