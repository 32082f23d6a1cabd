#include "kernels/model/prefill/shared_prefill.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "kernels/base/error.h"
#include "methods/interface/decision.h"
#include "methods/interface/registry.h"
#include "tests/methods/support/outcome.h"
#include "tests/methods/support/skipping_parameters.h"
#include "tests/methods/support/tiny_model.h"
#include "tests/support/to_device.h"

namespace skipbench::test {
namespace {

// Every method of the registry that leaves the prompt's computation as it is, and combinations.
std::vector<std::string> sharing_methods() {
  std::vector<std::string> names;
  for (const MethodEntry& entry : all_methods()) {
    if (!changes_prompt(entry.decides)) names.emplace_back(entry.name);
  }
  for (const char* both : {"snapkv+ffn_skipllm", "h2o+ffn_skipllm"}) names.emplace_back(both);
  return names;
}

void expect_equal(Decoder& decoder, Sequence& actual, Sequence& expected) {
  EXPECT_TRUE(at::equal(actual.logits, expected.logits));
  EXPECT_EQ(actual.activity.layers, expected.activity.layers);
  EXPECT_EQ(actual.work.total(), expected.work.total());
  EXPECT_EQ(actual.work.flops(WorkKind::kProbe), expected.work.flops(WorkKind::kProbe));
  EXPECT_EQ(actual.cache.bytes_in_use(), expected.cache.bytes_in_use());
  for (const int32_t token : {3, 1, 4, 1, 5}) {
    EXPECT_TRUE(at::equal(decoder.extend(actual, std::vector{token}),
                          decoder.extend(expected, std::vector{token})));
  }
  EXPECT_EQ(actual.activity.decode_rows, expected.activity.decode_rows);
  EXPECT_EQ(actual.activity.decode_ffns, expected.activity.decode_ffns);
}

// Each method behind a shared prefill, and behind one of its own.
void expect_equal_sequences(const Model& model, int64_t length) {
  Decoder decoder(model);
  const Prompt prompt = tiny_prompt(length);
  std::vector<std::unique_ptr<Method>> methods;
  std::vector<const TokenPolicy*> policies;
  for (const std::string& name : sharing_methods()) {
    methods.push_back(ready_method(name, skipping_parameters(name), decoder));
    policies.push_back(methods.back().get());
  }
  SharedPrefill shared(decoder, prompt, policies, {});
  for (size_t i = 0; i < policies.size(); ++i) {
    const std::string name = sharing_methods()[i];
    SCOPED_TRACE(testing::Message() << model.config.name << " N " << length << " " << name);
    Sequence actual = shared.sequence_of(i);
    const auto alone = ready_method(name, skipping_parameters(name), decoder);
    Sequence expected = decoder.prefill(prompt, *alone, {});
    expect_equal(decoder, actual, expected);
  }
}

TEST(SharedPrefill, LeavesEachMethodWhatItsOwnWouldHaveToTheBit) {
  ASSERT_GE(sharing_methods().size(), 5u);
  for (const TinyShape& shape : tiny_shapes()) {
    for (const int64_t length : {1, 7, 65, 300}) expect_equal_sequences(tiny_model(shape), length);
  }
}

TEST(CudaSharedPrefill, LeavesEachMethodWhatItsOwnWouldHaveToTheBit) {
  if (!at::hasCUDA()) GTEST_SKIP() << "no CUDA device on this machine";
  for (const TinyShape& shape : tiny_shapes()) {
    const Model model = to_device(tiny_model(shape), at::Device(at::kCUDA, 0), at::kBFloat16);
    expect_equal_sequences(model, 300);
  }
}

TEST(SharedPrefill, RefusesAMethodThatComputesItsOwnAttention) {
  const Model model = tiny_model(tiny_shapes().front());
  Decoder decoder(model);
  const auto sparse = ready_method("xattention", skipping_parameters("xattention"), decoder);
  const std::vector<const TokenPolicy*> policies{sparse.get()};
  EXPECT_THROW(SharedPrefill(decoder, tiny_prompt(300), policies, {}), ContractError);
}

}  // namespace
}  // namespace skipbench::test
