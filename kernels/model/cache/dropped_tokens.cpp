#include "kernels/model/cache/dropped_tokens.h"

#include <ATen/ATen.h>

#include "kernels/base/check.h"

namespace skipbench {
namespace {

// The ranks that the selection leaves out, ascending: [T - M]. Does not wait for the device.
at::Tensor complement(const TokenRows& kept, at::Device device) {
  const auto options = at::TensorOptions(at::kInt).device(device);
  const at::Tensor chosen =
      at::zeros({kept.live()}, options).index_fill_(0, kept.indices(device), 1);
  return at::argsort(chosen, /*stable=*/true, /*dim=*/0).narrow(0, 0, kept.live() - kept.count());
}

}  // namespace

void DroppedTokens::set_aside(const at::Tensor& hidden, const at::Tensor& positions,
                              const TokenRows& kept, Point point) {
  if (kept.count() == kept.live()) return;
  require(count_ == 0 || point == point_,
          "a method that revives drops tokens either before or after FFNs");
  point_ = point;
  const at::Tensor ranks = complement(kept, hidden.device());
  hidden_parts_.push_back(hidden.index_select(0, ranks));
  position_parts_.push_back(positions.index_select(0, ranks));
  count_ += ranks.size(0);
  row_bytes_ = hidden.size(1) * static_cast<int64_t>(hidden.element_size());
}

void DroppedTokens::gather_parts() {
  if (hidden_parts_.empty()) return;
  hidden_ = at::cat(hidden_parts_);                       // [A, D]
  const at::Tensor positions = at::cat(position_parts_);  // [A]
  slot_of_ = at::full({positions.max().item<int64_t>() + 1}, -1, positions.options());
  slot_of_.index_copy_(0, positions, at::arange(positions.size(0), positions.options()));
  hidden_parts_.clear();
  position_parts_.clear();
  shared_ = false;
}

at::Tensor DroppedTokens::hidden(const at::Tensor& positions) {
  gather_parts();
  return hidden_.index_select(0, slot_of_.index_select(0, positions));
}

void DroppedTokens::replace(const at::Tensor& positions, const at::Tensor& hidden) {
  gather_parts();
  if (shared_) hidden_ = hidden_.clone();
  shared_ = false;
  hidden_.index_copy_(0, slot_of_.index_select(0, positions), hidden);
}

}  // namespace skipbench
