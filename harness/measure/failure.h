#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <optional>
#include <string>

#include "harness/store/row.h"

namespace skipbench {

/// Why something was not measured.
struct Failure {
  RowStatus status;
  std::string reason;
};

/// Runs `step` and turns what it throws into a Failure; nothing when all went well. Memory that the
/// step held is given back. An ArtefactFolderError is the user's to mend and passes through.
std::optional<Failure> failure_of(at::Device device, const std::function<void()>& step);

}  // namespace skipbench
