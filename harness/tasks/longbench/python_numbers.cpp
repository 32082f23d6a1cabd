#include "harness/tasks/longbench/python_numbers.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <limits>

namespace skipbench {
namespace {

// The digits and the exponent of value = 0.d1d2d3... * 10^point.
struct Decimal {
  std::string digits;
  int point;
};

Decimal shortest_decimal(double value) {
  std::array<char, 32> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                 std::chars_format::scientific)
                       .ptr;
  const std::string text(buffer.data(), end);
  const size_t e = text.find('e');
  Decimal decimal{text.substr(0, 1), std::stoi(text.substr(e + 1)) + 1};
  if (e > 2) decimal.digits += text.substr(2, e - 2);
  return decimal;
}

// numpy's pairwise sum, operation by operation.
double pairwise_sum(std::span<const double> values) {
  constexpr size_t kLanes = 8, kBlock = 128;
  const size_t n = values.size();
  if (n > kBlock) {
    const size_t half = n / 2 - (n / 2) % kLanes;
    return pairwise_sum(values.first(half)) + pairwise_sum(values.subspan(half));
  }
  double sum = 0;
  size_t done = 0;
  if (n >= kLanes) {
    std::array<double, kLanes> lane;
    for (size_t k = 0; k < kLanes; ++k) lane[k] = values[k];
    for (done = kLanes; done + kLanes <= n; done += kLanes) {
      for (size_t k = 0; k < kLanes; ++k) lane[k] += values[done + k];
    }
    sum = ((lane[0] + lane[1]) + (lane[2] + lane[3])) + ((lane[4] + lane[5]) + (lane[6] + lane[7]));
  }
  for (; done < n; ++done) sum += values[done];
  return sum;
}

}  // namespace

std::string python_repr(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  if (std::signbit(value)) return "-" + python_repr(-value);
  const auto [digits, point] = shortest_decimal(value);
  const int count = static_cast<int>(digits.size());
  if (value != 0 && (point <= -4 || point > 16)) {
    const std::string fraction = count > 1 ? "." + digits.substr(1) : "";
    return fmt::format("{}{}e{}{:02}", digits[0], fraction, point > 0 ? '+' : '-',
                       std::abs(point - 1));
  }
  if (point <= 0) return "0." + std::string(-point, '0') + digits;
  if (point >= count) return digits + std::string(point - count, '0') + ".0";
  return digits.substr(0, point) + "." + digits.substr(point);
}

double python_round_2(double value) {
  if (!std::isfinite(value)) return value;
  std::array<char, 512> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                                 std::chars_format::fixed, 2)
                       .ptr;
  double rounded = 0;
  std::from_chars(buffer.data(), end, rounded);
  return rounded;
}

double numpy_mean(std::span<const double> values) {
  if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
  return pairwise_sum(values) / static_cast<double>(values.size());
}

double numpy_round_2(double value) {
  return std::nearbyint(value * 100) / 100;
}

}  // namespace skipbench
