#pragma once

#include <ATen/core/Tensor.h>

#include <set>
#include <string>
#include <string_view>

namespace skipbench::ops {

/// Collects, on this thread and while it lives, every operation that ran as something slower than
/// the kernel meant for it: a time that holds one is no time of the method. Of two that live at
/// once, the younger collects.
class SlowPaths {
 public:
  SlowPaths();
  ~SlowPaths();
  SlowPaths(const SlowPaths&) = delete;
  SlowPaths& operator=(const SlowPaths&) = delete;

  /// What was met since the last call, "operation: reason" each.
  std::set<std::string> take_all();
  /// The same as one text, "; " between them; empty: nothing.
  std::string take();

 private:
  friend void note_slow_path(std::string_view operation, std::string_view reason);
  friend void note_again(const std::set<std::string>& met);
  std::set<std::string> met_;
  SlowPaths* outer_;
};

/// An operation takes a slower path, for this reason. Costs nothing while nobody collects.
void note_slow_path(std::string_view operation, std::string_view reason);

/// What another collector took of a step is met again where a graph replays the step.
void note_again(const std::set<std::string>& met);

/// The same for an operation whose kernel does not serve x; nothing for tensors that kernels are
/// not meant for: on the CPU, or of integers.
void note_no_kernel(std::string_view operation, const at::Tensor& x);

}  // namespace skipbench::ops
