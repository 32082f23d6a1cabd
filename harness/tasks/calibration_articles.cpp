#include "harness/tasks/calibration_articles.h"

#include <vector>

#include "harness/tasks/embedded_calibration.h"

namespace skipbench {

std::span<const std::string_view> calibration_articles() {
  static const std::vector<std::string_view> texts = [] {
    std::vector<std::string_view> all;
    for (const EmbeddedText& file : embedded_calibration()) all.push_back(file.text);
    return all;
  }();
  return texts;
}

}  // namespace skipbench
