#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <mutex>
#include <set>

namespace skipbench::ops {
namespace {

// A build without OpenMP compiles at::parallel_for() too, as a plain loop.
TEST(ParallelFor, IsNoPlainLoop) {
  const int threads = at::get_num_threads();
  at::set_num_threads(2);
  std::mutex mutex;
  std::set<int> used;
  at::parallel_for(0, 2, 1, [&](int64_t, int64_t) {
    const std::scoped_lock lock(mutex);
    used.insert(at::get_thread_num());
  });
  at::set_num_threads(threads);
  EXPECT_EQ(used, (std::set<int>{0, 1}));
}

}  // namespace
}  // namespace skipbench::ops
