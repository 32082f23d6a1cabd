#include "harness/report/report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <vector>

#include "harness/report/captions.h"
#include "harness/report/document.h"
#include "harness/report/machine_formats.h"
#include "harness/report/model_tables.h"
#include "harness/report/provenance.h"
#include "harness/report/rank_cells.h"
#include "harness/report/report_data.h"
#include "kernels/base/error.h"
#include "kernels/base/suggest.h"

namespace skipbench {
namespace {

constexpr std::array<std::string_view, 4> kFormats{"text", "md", "csv", "json"};

void check_format(const std::string& format) {
  if (std::find(kFormats.begin(), kFormats.end(), format) != kFormats.end()) return;
  const std::vector<std::string> names(kFormats.begin(), kFormats.end());
  throw InputError(
      fmt::format("unknown report format '{}'; there are {}", format, fmt::join(names, ", ")));
}

void check_integrity(const StoreReader& reader) {
  const std::vector<std::string> problems = reader.check_integrity();
  if (problems.empty()) return;
  constexpr size_t kShown = 5;
  const auto end =
      problems.begin() + static_cast<std::ptrdiff_t>(std::min(problems.size(), kShown));
  throw InputError(fmt::format("database {}: is damaged: {}{}", reader.file().string(),
                               fmt::join(problems.begin(), end, "; "),
                               problems.size() > kShown ? "; ..." : ""));
}

Section model_section(const ModelCells& model, const std::vector<RunRecord>& runs) {
  return {fmt::format("{} on {}", model.experiment, model.model), caption_of(model, runs),
          model_tables(model), notes_of(model)};
}

Document make_document(const std::vector<ExperimentData>& experiments,
                       const ReportOptions& options) {
  Document document;
  for (const ExperimentData& experiment : experiments) {
    for (const ModelCells& model : experiment.models) {
      document.sections.push_back(model_section(model, experiment.runs));
    }
    if (options.provenance) document.sections.push_back(provenance_section(experiment));
  }
  if (options.check) document.footer.push_back("Integrity of the database: ok.");
  return document;
}

std::string render(const StoreReader& reader, const ReportOptions& options) {
  if (options.check) check_integrity(reader);
  auto experiments = load_experiments(reader, options.experiment, options.allow_mixed);
  for (ExperimentData& experiment : experiments) {
    for (ModelCells& model : experiment.models) rank_cells(reader, model);
  }
  if (options.format == "csv") return print_csv(experiments);
  if (options.format == "json") return print_json(experiments, options.provenance, options.check);
  const Document document = make_document(experiments, options);
  return options.format == "md" ? print_markdown(document) : print_text(document, options.width);
}

}  // namespace

std::span<const std::string_view> report_formats() {
  return kFormats;
}

std::string render_report(const std::filesystem::path& database, const ReportOptions& options) {
  check_format(options.format);
  const StoreReader reader(database);
  return render(reader, options);
}

}  // namespace skipbench
