#pragma once

#include <ATen/core/Tensor.h>

#include <string_view>

namespace skipbench {

/// While one lives, what methods answer is looked at on every device. On the CPU it always is; on a
/// GPU a look waits for the device, so that timed runs go without, and the self-check before them
/// does not.
class ContractChecks {
 public:
  ContractChecks();
  ~ContractChecks();
  ContractChecks(const ContractChecks&) = delete;
  ContractChecks& operator=(const ContractChecks&) = delete;

  /// Whether answers on the device are looked at, on this thread.
  static bool look_at(at::Device device);
};

/// Whether all of the flags hold: bool, any shape. On the CPU they are only read; on a GPU waited
/// for.
bool all_hold(const at::Tensor& flags);

/// ranks [..., M] int64: in each row ascending, unique, in [0, live). Throws ContractError in the
/// name of `who`, where the device is looked at.
void require_ascending(const at::Tensor& ranks, int64_t live, std::string_view who);

}  // namespace skipbench
