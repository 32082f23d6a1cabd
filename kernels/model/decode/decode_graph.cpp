#include "kernels/model/decode/decode_graph.h"

#include <ATen/ATen.h>

#include <set>
#include <string>

#include "kernels/base/check.h"
#include "kernels/ops/device/slow_path.h"

#ifdef SKIPBENCH_WITH_CUDA
#include <ATen/cuda/CUDAEvent.h>
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDAGuard.h>
#endif

namespace skipbench {

#ifdef SKIPBENCH_WITH_CUDA

// Capture needs a stream that is not the default one. The step runs there once before, so that its
// kernels are loaded and cuBLAS, where it is needed, has its workspace; running a step twice writes
// the same twice.
struct DecodeGraph::Captured {
  explicit Captured(FixedStep& step) {
    const c10::cuda::CUDAStream outside = c10::cuda::getCurrentCUDAStream();
    const c10::cuda::CUDAStream side = c10::cuda::getStreamFromPool();
    const c10::cuda::CUDAStreamGuard guard(side);
    at::cuda::CUDAEvent queued;
    queued.record(outside);
    queued.block(side);
    ops::SlowPaths slow_paths;
    step.run();
    met = slow_paths.take_all();
    side.synchronize();
    graph.capture_begin({0, 0}, cudaStreamCaptureModeThreadLocal);
    step.run();
    graph.capture_end();
  }

  at::cuda::CUDAGraph graph;
  std::set<std::string> met;  // slow paths, which every replay takes
};

std::unique_ptr<DecodeGraph> DecodeGraph::of(const Model& model, int64_t lists) {
  if (!model.device().is_cuda()) return nullptr;
  std::unique_ptr<DecodeGraph> graph(new DecodeGraph(model, lists));
  if (!graph->step_.has_kernels()) return nullptr;
  return graph;
}

DecodeGraph::Result DecodeGraph::run(int32_t token, const ops::RopeTables& rotation,
                                     const KvCache& cache) {
  const c10::cuda::CUDAGuard guard(step_.logits().device());
  step_.set_inputs(token, rotation, cache);
  if (!captured_) captured_ = std::make_unique<Captured>(step_);
  captured_->graph.replay();
  ops::note_again(captured_->met);
  return {step_.logits().clone(), step_.next_token().clone()};
}

#else

struct DecodeGraph::Captured {};

std::unique_ptr<DecodeGraph> DecodeGraph::of(const Model&, int64_t) {
  return nullptr;
}

DecodeGraph::Result DecodeGraph::run(int32_t, const ops::RopeTables&, const KvCache&) {
  throw ContractError("DecodeGraph: a build without CUDA");
}

#endif

DecodeGraph::DecodeGraph(const Model& model, int64_t lists) : step_(model, lists) {}

DecodeGraph::~DecodeGraph() = default;

}  // namespace skipbench
