#include <fmt/format.h>

#include <cmath>

#include "harness/report/judge/fields.h"

namespace skipbench {
namespace {

constexpr std::string_view kUnknown = "–";

/// "12,345".
std::string grouped(double value) {
  const std::string digits = fmt::format("{:.0f}", std::fabs(value));
  std::string text = value < 0 ? "-" : "";
  for (size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) text += ',';
    text += digits[i];
  }
  return text;
}

/// Three significant digits or whole milliseconds, whichever is finer to read.
std::string milliseconds(double value) {
  if (value < 10) return fmt::format("{:.2f}", value);
  if (value < 100) return fmt::format("{:.1f}", value);
  return grouped(value);
}

/// Small divergences matter by their order of magnitude.
std::string nats(double value) {
  if (value == 0 || std::fabs(value) >= 0.001) return fmt::format("{:.3f}", value);
  return fmt::format("{:.1e}", value);
}

std::string share(double value) {
  // A method that skipped one token of many must not look like one that skipped nothing.
  if (value < 1 && value > 0.9995) return ">99.9%";
  return fmt::format("{:.4g}%", std::round(value * 1000) / 10);
}

std::string probability(double value) {
  return value < 0.001 ? "<.001" : fmt::format("{:.3f}", value).substr(value < 1 ? 1 : 0);
}

std::string number(double value, Unit unit) {
  switch (unit) {
    case Unit::kText:
      return fmt::format("{}", value);
    case Unit::kCount:
      return grouped(value);
    case Unit::kPoints:
      return fmt::format("{:.1f}", value);
    case Unit::kPointsDelta:
      return fmt::format("{:+.1f}", value);
    case Unit::kMilliseconds:
      return milliseconds(value);
    case Unit::kRatio:
      return fmt::format("{:.2f}x", value);
    case Unit::kShare:
      return share(value);
    case Unit::kNats:
      return nats(value);
    case Unit::kNatsDelta:
      return fmt::format("{:+.3f}", value);
    case Unit::kBytes:
      return fmt::format("{:.2f} GiB", value / (1 << 30));
    case Unit::kProbability:
      return probability(value);
  }
  return "";
}

}  // namespace

std::string format_value(const FieldValue& value, Unit unit) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "yes" : "no";
  if (const auto* count = std::get_if<int64_t>(&value)) {
    return number(static_cast<double>(*count), unit);
  }
  const auto* real = std::get_if<double>(&value);
  if (!real || std::isnan(*real)) return std::string(kUnknown);
  return number(*real, unit);
}

std::string format_interval(const FieldValue& value, const FieldValue& low, const FieldValue& high,
                            Unit unit) {
  std::string text = format_value(value, unit);
  if (!std::holds_alternative<double>(low) || !std::holds_alternative<double>(high)) return text;
  std::string bounds = fmt::format("[{}, {}]", format_value(low, unit), format_value(high, unit));
  if (unit == Unit::kRatio) std::erase(bounds, 'x');
  return fmt::format("{} {}", text, bounds);
}

std::string format_ratio(const MeanRatio& ratio) {
  if (!ratio.mean) return std::string(kUnknown);
  if (!ratio.interval) return format_value(FieldValue(*ratio.mean), Unit::kRatio);
  return format_interval(FieldValue(*ratio.mean), FieldValue(ratio.interval->low),
                         FieldValue(ratio.interval->high), Unit::kRatio);
}

}  // namespace skipbench
