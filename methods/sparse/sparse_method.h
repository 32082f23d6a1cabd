#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "kernels/ops/sparse/sparse_attention.h"
#include "methods/interface/method.h"
#include "methods/sparse/sparse_layers.h"

namespace skipbench {

/// A method of sparse attention: every token goes through every layer and supplies K/V, and decode
/// steps are dense; in prefill each query head sees the keys of a pattern. It attends where all
/// living tokens do, and leaves the others' attention to a method that selects tokens (`then`).
class SparseMethod : public Method {
 public:
  explicit SparseMethod(SparseLayers layers) : layers_(std::move(layers)) {}

  void attach(const ModelConfig& config) override { layers_.require_fits(config); }
  bool compute_everything_itself() final { return always_sparse_ = true; }
  std::optional<Attended> attend(LayerContext& layer, const AttentionRows& rows,
                                 const AttentionInputs& inputs) final;

 protected:
  /// Whether it is known without looking that every head sees everything of the layer's T living
  /// tokens: then attention is dense.
  virtual bool sees_all(int64_t live) const = 0;
  /// What the heads see; at parameters that select everything, every key before each query.
  virtual ops::SparsePattern pattern(LayerContext& layer, const AttentionInputs& inputs) = 0;

 private:
  SparseLayers layers_;
  bool always_sparse_ = false;
};

/// The fate of dropped tokens, which is the same for all of them.
inline constexpr std::string_view kSparseFate =
    "no token is dropped: all run every layer and supply K/V; a query gets nothing from the keys "
    "outside its pattern, and decode steps are dense";

}  // namespace skipbench
