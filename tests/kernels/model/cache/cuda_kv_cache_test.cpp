#include <ATen/ATen.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <gtest/gtest.h>

#include "kernels/model/cache/kv_cache.h"
#include "tests/support/tiny_model.h"

namespace skipbench {
namespace {

class CudaKvCache : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!at::hasCUDA()) GTEST_SKIP() << "no CUDA device on this machine";
    copies_ = std::make_shared<CopyStream>(device_);
    factor_ = at::rand({8192, 8192}, device_);
    product_ = at::empty_like(factor_);
  }
  static constexpr int64_t kRows = 40, kBlock = 4;

  // Row i of each head is filled with i; values are the negatives.
  KvCache stored() const {
    KvCache cache(test::tiny_config(), device_, at::kFloat, copies_);
    const at::Tensor keys = at::arange(kRows, at::kFloat).to(device_).view({1, kRows, 1});
    const at::Tensor rows = keys.expand({2, kRows, 16}).contiguous();
    cache.store(0, rows, -rows, at::arange(kRows, at::kLong).to(device_), 4);
    return cache;
  }

  // Many milliseconds of work on the current stream.
  void keep_busy() {
    for (int i = 0; i < 40; ++i) at::mm_out(product_, factor_, factor_);
  }
  bool busy() const { return !stream().query(); }
  void finish() const { stream().synchronize(); }

  static std::vector<int64_t> held(const KvCache& cache) {
    const LayerCache& layer = cache.layer(0);
    EXPECT_TRUE(
        at::equal(layer.keys.narrow(1, 0, layer.length), -layer.values.narrow(1, 0, layer.length)));
    const at::Tensor first = layer.keys[1].narrow(0, 0, layer.length).select(1, 0).cpu();
    std::vector<int64_t> list;
    for (int64_t row = 0; row < layer.length; ++row) {
      list.push_back(static_cast<int64_t>(first[row].item<float>()));
    }
    return list;
  }

 private:
  c10::Stream stream() const { return c10::impl::VirtualGuardImpl(at::kCUDA).getStream(device_); }

  const at::Device device_ = at::Device(at::kCUDA, 0);
  std::shared_ptr<const CopyStream> copies_;
  at::Tensor factor_, product_;
};

TEST_F(CudaKvCache, BlocksLeaveAndComeBackWhileTheDeviceIsBusy) {
  for (const bool first : {true, false}) {  // the first time pinned memory is made, which waits
    KvCache cache = stored();
    finish();
    keep_busy();
    cache.offload(0, kBlock, {0, 3, 9});
    EXPECT_TRUE(first || busy()) << "offload waits for the device";
    cache.await_copies(0);
    cache.recall(0, {0, 5, 9});
    cache.await_copies(0);
    cache.recall(0, {3, 6, 9});
    EXPECT_TRUE(first || busy()) << "recall waits for the device";
    cache.await_copies(0);
    EXPECT_EQ(held(cache).size(), 12u);
    const std::vector<int64_t> rows = held(cache);
    EXPECT_EQ(std::vector<int64_t>(rows.begin(), rows.begin() + 4),
              (std::vector<int64_t>{12, 13, 14, 15}));
  }
}

// Two caches with one stream: waiting for the rows of one leaves those of the other to be awaited.
TEST_F(CudaKvCache, EachCacheAwaitsItsOwnRows) {
  KvCache one = stored(), other = stored();
  one.offload(0, kBlock, {0, 3, 9});
  other.offload(0, kBlock, {0, 3, 9});
  keep_busy();
  one.recall(0, {0, 5, 9});
  other.recall(0, {0, 6, 9});
  one.await_copies(0);
  other.await_copies(0);
  EXPECT_EQ(held(one)[4], 20);
  EXPECT_EQ(held(other)[4], 24);
}

}  // namespace
}  // namespace skipbench
