#include <gtest/gtest.h>

#ifdef SKIPBENCH_WITH_CUDA
#include <ATen/ATen.h>
#include <c10/cuda/CUDAFunctions.h>
#include <c10/util/Exception.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/methods/support/outcome.h"
#include "tests/methods/support/skipping_parameters.h"
#include "tests/methods/support/tiny_model.h"
#include "tests/support/to_device.h"

namespace skipbench::test {
namespace {

// While it lives, counts how often LibTorch waits for the device.
class WaitCounter : public c10::WarningHandler {
 public:
  WaitCounter() : guard_(this) { set_mode(c10::cuda::SyncDebugMode::L_WARN); }
  ~WaitCounter() override { set_mode(c10::cuda::SyncDebugMode::L_DISABLED); }
  void process(const c10::Warning& warning) override {
    if (warning.msg().find("synchronizing") != std::string::npos) ++waits;
  }
  int waits = 0;

 private:
  static void set_mode(c10::cuda::SyncDebugMode mode) {
    c10::cuda::warning_state().set_sync_debug_mode(mode);
  }
  c10::WarningUtils::WarningHandlerGuard guard_;
};

class CudaWaits : public testing::TestWithParam<std::string> {};

// Whether the method, or a part of it, is one whose counts depend on scores: a prefill waits for
// them.
bool waits_for_counts(const std::string& method) {
  const std::vector<std::string> waiting = {"asl", "ftp_ffn", "gemfilter", "tsa", "uniprefill"};
  return std::any_of(waiting.begin(), waiting.end(), [&](const std::string& name) {
    return method.find(name) != std::string::npos;
  });
}

TEST_P(CudaWaits, APrefillWaitsForTheDeviceNoMoreThanOnceBehindItsTokenIds) {
  if (!at::hasCUDA()) GTEST_SKIP() << "no CUDA device on this machine";
  TinyShape shape = tiny_llama();
  shape.head_size = 64;  // for which all kernels are made
  const Model model = to_device(tiny_model(shape), at::Device(at::kCUDA, 0), at::kBFloat16);
  Decoder decoder(model);
  const auto method = ready_method(GetParam(), skipping_parameters(GetParam()), decoder);
  const PrefillOptions options{.defer_counts = true};
  decoder.prefill(tiny_prompt(300), *method, options);
  WaitCounter counter;
  decoder.prefill(tiny_prompt(300), *method, options);
  if (waits_for_counts(GetParam())) {
    EXPECT_GT(counter.waits, 1);
  } else {
    EXPECT_EQ(counter.waits, 1);
  }
}

INSTANTIATE_TEST_SUITE_P(CudaRegistry, CudaWaits, testing::ValuesIn(method_names()),
                         [](const auto& test) { return test_name(test.param); });

}  // namespace
}  // namespace skipbench::test
#endif
