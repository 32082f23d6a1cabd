#include "kernels/model/cache/kv_cache.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kernels/base/error.h"
#include "tests/support/tiny_model.h"

namespace skipbench {
namespace {

using ::testing::ElementsAre;

constexpr int64_t kHeads = 2, kSize = 16;

// Row i of each head is filled with 100 head + i; values are the negatives.
at::Tensor rows(int64_t count) {
  const at::Tensor number = at::arange(count, at::kFloat).view({1, count, 1});
  const at::Tensor head = at::arange(kHeads, at::kFloat).view({kHeads, 1, 1}) * 100;
  return (number + head).expand({kHeads, count, kSize}).contiguous();
}

KvCache cache_of(int64_t count) {
  KvCache cache(test::tiny_config(), at::kCPU, at::kFloat, std::make_shared<CopyStream>(at::kCPU));
  for (int64_t layer = 0; layer < cache.layers(); ++layer) {
    cache.store(layer, rows(count), -rows(count), at::arange(count, at::kLong), 4);
  }
  return cache;
}

// Appends keys [Hkv, n, d] and their negatives as values; the tables turn nothing.
void append(KvCache& cache, const at::Tensor& keys, const at::Tensor& positions) {
  const at::Tensor by_token = keys.transpose(0, 1);  // [n, Hkv, d]
  const at::Tensor kqv = at::cat({by_token, at::ones_like(by_token), -by_token}, 1);
  cache.append(0, kqv, positions,
               {at::ones({16, kSize / 2}, at::kFloat), at::zeros({16, kSize / 2}, at::kFloat)});
}

// The first element of each row of a head's keys, having seen that the values belong to them.
std::vector<int64_t> held(const KvCache& cache, int64_t layer, int64_t head) {
  const LayerCache& rows = cache.layer(layer);
  std::vector<int64_t> list;
  for (int64_t row = 0; row < rows.length; ++row) {
    EXPECT_TRUE(at::equal(rows.keys[head][row], -rows.values[head][row]));
    list.push_back(static_cast<int64_t>(rows.keys[head][row][0].item<float>()));
  }
  return list;
}

TEST(KvCache, TheLastRowTakesThePlaceOfAnEvictedOne) {
  KvCache cache = cache_of(5);
  cache.evict(1, 2);
  EXPECT_THAT(held(cache, 1, 0), ElementsAre(0, 1, 4, 3));
  cache.evict(1, 3);
  EXPECT_THAT(held(cache, 1, 1), ElementsAre(100, 101, 104));
  EXPECT_THAT(held(cache, 0, 0), ElementsAre(0, 1, 2, 3, 4));
  EXPECT_THROW(cache.evict(1, 3), ContractError);
}

TEST(KvCache, EachKvHeadMayEvictARowOfItsOwn) {
  KvCache cache = cache_of(4);
  cache.evict(0, at::tensor({int64_t{1}, int64_t{3}}));
  EXPECT_THAT(held(cache, 0, 0), ElementsAre(0, 3, 2));
  EXPECT_THAT(held(cache, 0, 1), ElementsAre(100, 101, 102));
}

TEST(KvCache, ASnapshotKeepsWhatIsEvictedOrAppendedLater) {
  KvCache cache = cache_of(4);
  const KvCache before = cache.snapshot();
  cache.evict(0, 0);
  append(cache, rows(9).narrow(1, 8, 1), at::tensor({int64_t{8}}));
  EXPECT_THAT(held(cache, 0, 0), ElementsAre(3, 1, 2, 8));
  EXPECT_THAT(held(before, 0, 0), ElementsAre(0, 1, 2, 3));
}

TEST(KvCache, BlocksGoToHostMemoryAndComeBackUnchanged) {
  KvCache cache = cache_of(11);  // blocks of 3: 0-2, 3-5, 6-8 and 9-10
  cache.offload(0, 3, {0, 2, 3});
  EXPECT_THAT(held(cache, 0, 0), ElementsAre(0, 1, 2, 6, 7, 8, 9, 10));
  EXPECT_EQ(cache.host_bytes_in_use(), 3 * 2 * kHeads * kSize * 4);
  const KvCache before = cache.snapshot();
  append(cache, rows(12).narrow(1, 11, 1), at::tensor({int64_t{11}}));
  cache.recall(0, {0, 1, 3});
  EXPECT_THAT(held(cache, 0, 1), ElementsAre(100, 101, 102, 103, 104, 105, 109, 110, 111));
  cache.recall(0, {1, 2, 3});
  EXPECT_THAT(held(cache, 0, 0), ElementsAre(6, 7, 8, 3, 4, 5, 9, 10, 11));
  EXPECT_EQ(cache.recalled_rows(), 6);
  EXPECT_THAT(held(before, 0, 0), ElementsAre(0, 1, 2, 6, 7, 8, 9, 10));
  EXPECT_THROW(cache.offload(1, 3, {0, 1}), ContractError);
}

TEST(KvCache, TurnsWhatIsAppendedAndCopiesItToEachQueryHead) {
  KvCache cache(test::tiny_config(), at::kCPU, at::kFloat, std::make_shared<CopyStream>(at::kCPU));
  const at::Tensor two = rows(2).repeat_interleave(2, 0);  // two query heads a KV head
  cache.store(0, two, -two, at::arange(2, at::kLong).repeat({4, 1}), 4);
  const at::Tensor angles = at::rand({16, kSize / 2});
  const at::Tensor positions = at::tensor({int64_t{2}, int64_t{9}});
  const at::Tensor kqv = at::rand({2, kHeads + 4 + kHeads, kSize});
  at::Tensor turned = kqv.clone();
  ops::rope_reference_(turned.narrow(1, 0, kHeads + 4), angles.cos().index_select(0, positions),
                       angles.sin().index_select(0, positions));
  cache.append(0, kqv, positions, {angles.cos(), angles.sin()});
  EXPECT_EQ(cache.layer(0).length, 4);
  for (int64_t head = 0; head < 4; ++head) {
    const auto stored = [&](const at::Tensor& of) { return of[head].narrow(0, 2, 2); };
    EXPECT_TRUE(at::allclose(stored(cache.layer(0).keys), turned.select(1, head / 2)));
    EXPECT_TRUE(at::equal(stored(cache.layer(0).values), kqv.select(1, kHeads + 4 + head / 2)));
  }
}

TEST(KvCache, FindsRowsByPosition) {
  KvCache cache = cache_of(3);
  cache.index_positions(8);
  append(cache, rows(2), at::tensor({int64_t{6}, int64_t{4}}));
  const at::Tensor found =
      cache.rows_of(0, at::tensor({int64_t{4}, int64_t{1}, int64_t{5}, int64_t{6}}));
  EXPECT_TRUE(at::equal(found, at::tensor({int64_t{4}, int64_t{1}, int64_t{-1}, int64_t{3}})));
}

}  // namespace
}  // namespace skipbench
