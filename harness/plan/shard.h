#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

namespace skipbench {

/// Every count-th of a plan's samples, from the index-th on: what one of several machines measures
/// into a database of its own. Samples are counted through all subsets of all tasks, so that shards
/// are as large as one another.
struct Shard {
  int64_t index = 1, count = 1;  // 1 <= index <= count

  bool is_all() const { return count == 1; }
  bool has(int64_t sample) const { return sample % count == index - 1; }
  /// How many of the first `samples` it has.
  int64_t share_of(int64_t samples) const {
    return std::max<int64_t>(0, samples - index + count) / count;
  }
  /// How many of the `samples` that follow the first `before`.
  int64_t share_of(int64_t before, int64_t samples) const {
    return share_of(before + samples) - share_of(before);
  }

  friend bool operator==(const Shard&, const Shard&) = default;
};

/// "2/3". Throws InputError saying what is expected.
Shard parse_shard(std::string_view text);

}  // namespace skipbench
