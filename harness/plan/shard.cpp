#include "harness/plan/shard.h"

#include <fmt/format.h>

#include <charconv>

#include "kernels/base/error.h"

namespace skipbench {
namespace {

bool read_number(std::string_view text, int64_t& number) {
  const char* const end = text.data() + text.size();
  const auto [stop, fault] = std::from_chars(text.data(), end, number);
  return fault == std::errc{} && stop == end;
}

}  // namespace

Shard parse_shard(std::string_view text) {
  constexpr int64_t kMost = 100'000;
  Shard shard;
  const size_t slash = text.find('/');
  const bool read = slash != std::string_view::npos &&
                    read_number(text.substr(0, slash), shard.index) &&
                    read_number(text.substr(slash + 1), shard.count);
  if (read && shard.index >= 1 && shard.index <= shard.count && shard.count <= kMost) return shard;
  throw InputError(
      fmt::format("--shard {}: expected i/n, the i-th of n parts, such as 1/3, 2/3 and 3/3", text));
}

}  // namespace skipbench
