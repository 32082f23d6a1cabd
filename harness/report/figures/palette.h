#pragma once

#include <array>
#include <string_view>

namespace skipbench {

/// Colours of series by style, after Okabe and Ito, which people with any colour vision tell apart;
/// darkened to a contrast of 3:1 and more with white, lightened for a dark page. Styles beyond
/// their number differ in shape: circle, square, triangle, diamond, triangle upside down.
inline constexpr std::array<std::string_view, 8> kLightPalette{
    "#0068b3", "#c94f00", "#00815b", "#b3408c", "#946500", "#7f5a4a", "#6a51a3", "#2787b8"};
inline constexpr std::array<std::string_view, 8> kDarkPalette{
    "#5aa9f0", "#ff8c42", "#34c79a", "#ee8fcb", "#e3b341", "#c9a393", "#b39ddb", "#7fd0f5"};
inline constexpr int kShapes = 5;

}  // namespace skipbench
