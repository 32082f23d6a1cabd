#include "harness/experiment/device_name.h"

#include <charconv>

namespace skipbench {

std::optional<int> cuda_index(std::string_view device) {
  constexpr std::string_view kPrefix = "cuda:";
  if (device == "cuda") return 0;
  if (!device.starts_with(kPrefix)) return std::nullopt;
  const std::string_view digits = device.substr(kPrefix.size());
  int index = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), index);
  const bool whole = error == std::errc{} && end == digits.data() + digits.size();
  return whole && digits.front() != '-' ? std::optional(index) : std::nullopt;
}

bool is_device(std::string_view text) {
  return text == "auto" || text == "cpu" || cuda_index(text).has_value();
}

}  // namespace skipbench
