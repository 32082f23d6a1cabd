#include "kernels/ops/device/slow_path.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

namespace skipbench::ops {
namespace {

thread_local SlowPaths* collector = nullptr;

}  // namespace

SlowPaths::SlowPaths() : outer_(std::exchange(collector, this)) {}

SlowPaths::~SlowPaths() {
  collector = outer_;
}

std::set<std::string> SlowPaths::take_all() {
  return std::exchange(met_, {});
}

std::string SlowPaths::take() {
  return fmt::format("{}", fmt::join(take_all(), "; "));
}

void note_slow_path(std::string_view operation, std::string_view reason) {
  if (collector != nullptr) collector->met_.insert(fmt::format("{}: {}", operation, reason));
}

void note_again(const std::set<std::string>& met) {
  if (collector != nullptr) collector->met_.insert(met.begin(), met.end());
}

void note_no_kernel(std::string_view operation, const at::Tensor& x) {
  if (collector == nullptr || !x.is_cuda() || !at::isFloatingType(x.scalar_type())) return;
  note_slow_path(operation, fmt::format("no kernel for {} rows of {}",
                                        c10::toString(x.scalar_type()), x.size(-1)));
}

}  // namespace skipbench::ops
