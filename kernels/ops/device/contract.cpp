#include "kernels/ops/device/contract.h"

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

bool all_hold(const at::Tensor& flags) {
  const at::Tensor all = flags.all();
  return all.is_cpu() ? *all.const_data_ptr<bool>() : all.item<bool>();
}

void require_ascending(const at::Tensor& ranks, int64_t live, std::string_view who) {
  if (ranks.numel() == 0 || !ContractChecks::look_at(ranks.device())) return;
  const int64_t later = ranks.size(-1) - 1;
  require(all_hold(ranks.narrow(-1, 1, later).gt(ranks.narrow(-1, 0, later))),
          "{}: the rows are not ascending and unique", who);
  if (all_hold(ranks.ge(0).logical_and(ranks.lt(live)))) return;
  throw ContractError(fmt::format("{}: rows from {} to {} of {} tokens", who,
                                  ranks.min().item<int64_t>(), ranks.max().item<int64_t>(), live));
}

}  // namespace skipbench
