#include "harness/report/judge/label_text.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace skipbench {

std::string label_text(const std::string& label) {
  constexpr std::array<std::string_view, 3> kOfSentences{",", ";", " and "};
  const bool confuses = std::any_of(
      kOfSentences.begin(), kOfSentences.end(),
      [&label](std::string_view part) { return label.find(part) != std::string::npos; });
  return confuses ? "“" + label + "”" : label;
}

std::string readable(std::string name) {
  std::replace(name.begin(), name.end(), '_', ' ');
  return name;
}

}  // namespace skipbench
