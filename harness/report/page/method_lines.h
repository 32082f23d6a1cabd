#pragma once

#include <nlohmann/json.hpp>
#include <span>
#include <string>

#include "harness/report/judge/report_data.h"

namespace skipbench {

/// A method in a line, as the registry says it.
struct MethodIntro {
  std::string name, summary;
  std::string paper;  // arXiv id, "OpenReview ID", or a word: "control"
};

/// Of every method that the cells use, a combination's parts apart: name, summary and papers, each
/// [text, address] with an empty address where there is no paper. Methods that `methods` does not
/// know are left out.
nlohmann::ordered_json method_lines(const ModelCells& model, std::span<const MethodIntro> methods);

}  // namespace skipbench
