#include "kernels/ops/contract.h"

#include <ATen/ATen.h>

#include "kernels/base/check.h"

namespace skipbench {
namespace {

thread_local int64_t living_checks = 0;

}  // namespace

ContractChecks::ContractChecks() {
  ++living_checks;
}

ContractChecks::~ContractChecks() {
  --living_checks;
}

bool ContractChecks::look_at(at::Device device) {
  return device.is_cpu() || living_checks > 0;
}

void require_ascending(const at::Tensor& ranks, int64_t live, std::string_view who) {
  if (ranks.numel() == 0 || !ContractChecks::look_at(ranks.device())) return;
  const int64_t later = ranks.size(-1) - 1;
  const bool ascending =
      ranks.narrow(-1, 1, later).gt(ranks.narrow(-1, 0, later)).all().item<bool>();
  require(ascending, "{}: the rows are not ascending and unique", who);
  const int64_t low = ranks.min().item<int64_t>(), high = ranks.max().item<int64_t>();
  require(low >= 0 && high < live, "{}: rows from {} to {} of {} tokens", who, low, high, live);
}

}  // namespace skipbench
