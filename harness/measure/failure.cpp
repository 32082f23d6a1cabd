#include "harness/measure/failure.h"

#include "harness/calibrate/artefact_file.h"
#include "harness/machine/device_memory.h"
#include "harness/machine/error_line.h"

namespace skipbench {

std::optional<Failure> failure_of(at::Device device, const std::function<void()>& step) {
  std::optional<Failure> failure;
  try {
    step();
  } catch (const ArtefactFolderError&) {
    throw;
  } catch (const std::exception& error) {
    failure =
        Failure{is_out_of_memory(error) ? RowStatus::kOom : RowStatus::kError, error_line(error)};
  }
  if (failure) release_cached_memory(device);
  return failure;
}

}  // namespace skipbench
