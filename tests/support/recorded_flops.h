#pragma once

#include <ATen/record_function.h>

#include <cstdint>
#include <string>

namespace skipbench::test {

/// Counts FLOPs from LibTorch's own record of the operators it executed, independently of the
/// WorkMeter: 2 m k n for every matrix product, and for attention 4 d for each query-key pair (a
/// causal square counts T (T + 1) / 2 pairs a head).
class RecordedFlops {
 public:
  RecordedFlops() {
    total_ = 0;
    handle_ = at::addGlobalCallback(at::RecordFunctionCallback(&RecordedFlops::on_operator)
                                        .needsInputs(true)
                                        .scopes({at::RecordScope::FUNCTION}));
  }
  ~RecordedFlops() { at::removeCallback(handle_); }
  RecordedFlops(const RecordedFlops&) = delete;
  RecordedFlops& operator=(const RecordedFlops&) = delete;

  int64_t total() const { return total_; }

 private:
  static std::unique_ptr<at::ObserverContext> on_operator(const at::RecordFunction& record) {
    const std::string name = record.name();
    const auto inputs = record.inputs();
    const auto tensor = [&](size_t i) { return inputs[i].toTensor(); };
    if (name == "aten::mm") {
      total_ += 2 * tensor(0).size(0) * tensor(0).size(1) * tensor(1).size(1);
    } else if (name == "aten::addmm") {
      total_ += 2 * tensor(1).size(0) * tensor(1).size(1) * tensor(2).size(1);
    } else if (name == "mkldnn::_linear_pointwise") {
      total_ += 2 * tensor(0).numel() * tensor(1).size(0);
    } else if (name == "aten::bmm") {
      total_ += 2 * tensor(0).numel() * tensor(1).size(2);
    } else if (name == "aten::scaled_dot_product_attention") {
      const at::Tensor q = tensor(0);
      const int64_t rows = q.size(2);
      if (inputs[5].toBool()) {
        total_ += 4 * q.size(1) * q.size(3) * (rows * (rows + 1) / 2);
      } else if (inputs[3].isNone()) {  // every query sees every key
        total_ += 4 * q.numel() * tensor(1).size(2);
      } else {  // masked: what the mask lets through
        total_ += 4 * q.size(1) * q.size(3) * tensor(3).sum().item<int64_t>();
      }
    }
    return nullptr;
  }

  static inline int64_t total_ = 0;
  at::CallbackHandle handle_;
};

}  // namespace skipbench::test
