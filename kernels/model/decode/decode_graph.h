#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>

#include "kernels/model/decode/fixed_step.h"

namespace skipbench {

/// The decode steps of a model as replays of one CUDA graph: some 230 launches of a 32-layer model
/// cost the host one. The graph is captured in the first step and serves every sequence whose cache
/// has so many lists of rows: it finds their caches through device memory.
class DecodeGraph {
 public:
  /// Nothing where a step cannot be captured: without a GPU, in fp32, for a shape that a kernel
  /// does not serve, in a build without CUDA.
  /// `lists`: of rows that the caches hold for each KV head (fixed_step.h).
  static std::unique_ptr<DecodeGraph> of(const Model& model, int64_t lists = 1);
  ~DecodeGraph();

  /// What a step leaves, in tensors of its own.
  struct Result {
    at::Tensor logits;      // [1, V] fp32
    at::Tensor next_token;  // [1] int64: their arg-max
  };
  /// One step, see FixedStep::set_inputs(); on the current stream, nothing waits but in the first.
  Result run(int32_t token, const ops::RopeTables& rotation, const KvCache& cache);

  /// Whether a step ran already, which captured the graph.
  bool is_captured() const { return captured_ != nullptr; }

 private:
  struct Captured;
  DecodeGraph(const Model& model, int64_t lists);

  FixedStep step_;
  std::unique_ptr<Captured> captured_;
};

}  // namespace skipbench
