#pragma once

#include <span>
#include <string>
#include <vector>

#include "harness/report/judge/report_data.h"
#include "harness/report/page/method_lines.h"
#include "harness/report/tables/document.h"

namespace skipbench {

/// One HTML page, complete in itself, of all that the experiments say: three answers, figures,
/// sortable tables, whether differences are real, every sample, parameters, how to measure a figure
/// again, provenance. `methods` are explained where the experiments use them. `document` is the
/// report as the other formats print it, one section a model in the experiments' order, what
/// follows them is shown as it is. Cells are ranked.
std::string print_page(const StoreReader& reader, const std::vector<ExperimentData>& experiments,
                       const Document& document, std::span<const MethodIntro> methods = {});

/// The same page around a document alone, the table of a paper say. `database`: the files it is of.
std::string print_page(const std::string& database, const Document& document);

}  // namespace skipbench
