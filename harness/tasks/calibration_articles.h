#pragma once

#include <span>
#include <string_view>

namespace skipbench {

/// Texts to calibrate methods on (calibration/*.txt), in no task: about 7K tokens altogether.
std::span<const std::string_view> calibration_articles();

}  // namespace skipbench
