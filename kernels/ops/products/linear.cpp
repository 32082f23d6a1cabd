#include "kernels/ops/products/linear.h"

#include <ATen/ATen.h>
#include <ATen/core/dispatch/Dispatcher.h>

#include <optional>
#include <string_view>

#include "kernels/ops/device/profile.h"
#include "kernels/ops/rows/row_buffer.h"

namespace skipbench::ops {
namespace {

using OneDnnLinear = at::Tensor(const at::Tensor& x, const at::Tensor& w,
                                const std::optional<at::Tensor>& b, std::string_view activation,
                                c10::List<std::optional<at::Scalar>> activation_scalars,
                                std::optional<std::string_view> activation_algorithm);

std::optional<c10::TypedOperatorHandle<OneDnnLinear>> find_one_dnn_linear() {
  const auto found =
      c10::Dispatcher::singleton().findSchema({"mkldnn::_linear_pointwise", /*overload=*/""});
  if (!found) return std::nullopt;  // this LibTorch was built without oneDNN
  return found->typed<OneDnnLinear>();
}

// oneDNN compiles a product for each shape that it meets, which fewer rows do not win back.
constexpr int64_t kOneDnnRows = 128;

// On the CPU at::linear() multiplies by MKL, which uses the full width of vectors on Intel's
// processors only; oneDNN uses it wherever it is. Its code keeps data far below the stack pointer,
// where a signal's handler would overwrite it: handlers need a stack of their own (SA_ONSTACK), as
// InterruptGuard has.
at::Tensor fastest_linear(const at::Tensor& x, const at::Tensor& w, const at::Tensor& b) {
  static const auto one_dnn = find_one_dnn_linear();
  const bool many_on_cpu = x.is_cpu() && x.scalar_type() == at::kFloat && x.size(0) >= kOneDnnRows;
  if (!many_on_cpu || !one_dnn) return at::linear(x, w, b);
  const auto bias = b.defined() ? std::optional<at::Tensor>(b) : std::nullopt;
  return one_dnn->call(x, w, bias, /*activation=*/"none", c10::List<std::optional<at::Scalar>>(),
                       /*activation_algorithm=*/std::nullopt);
}

}  // namespace

at::Tensor linear(const at::Tensor& x, const at::Tensor& w, const at::Tensor& b) {
  const ProfileScope timed(OpGroup::kGemm);
  return fastest_linear(x, w, b);
}

at::Tensor linear_with_room(const at::Tensor& x, const at::Tensor& w, const at::Tensor& b) {
  const ProfileScope timed(OpGroup::kGemm);
  if (!x.is_cuda()) return fastest_linear(x, w, b);
  at::Tensor out = empty_with_room(x.size(0), w.size(0), x.options());
  return b.defined() ? at::addmm_out(out, b, x, w.t()) : at::mm_out(out, x, w.t());
}

void linear_out(at::Tensor y, const at::Tensor& x, const at::Tensor& w) {
  const ProfileScope timed(OpGroup::kGemm);
  if (y.is_cuda()) {
    at::mm_out(y, x, w.t());
  } else {
    y.copy_(fastest_linear(x, w, {}));  // oneDNN's operator writes into no given tensor
  }
}

void linear_add_(at::Tensor y, const at::Tensor& x, const at::Tensor& w) {
  const ProfileScope timed(OpGroup::kGemm);
  if (y.is_cuda()) {
    y.addmm_(x, w.t());
  } else {
    y.add_(fastest_linear(x, w, {}));
  }
}

}  // namespace skipbench::ops
