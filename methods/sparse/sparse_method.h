#pragma once

#include <cstdint>
#include <string_view>

#include "kernels/ops/sparse/sparse_attention.h"
#include "methods/interface/method.h"
#include "methods/sparse/sparse_layers.h"

namespace skipbench {

/// A method of sparse attention: every token goes through every layer and supplies K/V, and decode
/// steps are dense; in prefill each query head sees the keys of a pattern. It attends where all
/// living tokens do, and leaves the others' attention to a method that selects tokens (`then`).
class SparseMethod : public Run {
 public:
  SparseMethod(const SparseLayers& layers, const SequenceOptions& options)
      : layers_(layers), always_sparse_(options.compute_everything) {}

  template <class Params>
  static Needs needs(const Params&, const ModelConfig&) {
    return {.can_compute_everything = true};
  }

  Reads reads(LayerContext& layer) final;

 protected:
  /// Whether it is known without looking that every head sees everything of the layer's T living
  /// tokens: then attention is dense.
  virtual bool sees_all(int64_t live) const = 0;
  /// What the heads see; at parameters that select everything, every key before each query. seen:
  /// queries and keys of all living tokens.
  virtual ops::SparsePattern pattern(LayerContext& layer, const SeenAttention& seen) = 0;

 private:
  const SparseLayers& layers_;
  bool always_sparse_;
};

/// The fate of dropped tokens, which is the same for all of them.
inline constexpr std::string_view kSparseFate =
    "no token is dropped: all run every layer and supply K/V; a query gets nothing from the keys "
    "outside its pattern, and decode steps are dense";

}  // namespace skipbench
