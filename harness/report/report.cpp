#include "harness/report/report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <deque>
#include <vector>

#include "harness/report/claims/claims_report.h"
#include "harness/report/formats/machine_formats.h"
#include "harness/report/formats/profile_formats.h"
#include "harness/report/judge/pareto.h"
#include "harness/report/judge/rank_cells.h"
#include "harness/report/judge/report_data.h"
#include "harness/report/judge/search_marks.h"
#include "harness/report/page/report_page.h"
#include "harness/report/paper/paper_table.h"
#include "harness/report/tables/captions.h"
#include "harness/report/tables/document.h"
#include "harness/report/tables/model_tables.h"
#include "harness/report/tables/preset_notes.h"
#include "harness/report/tables/profile_tables.h"
#include "harness/report/tables/provenance.h"
#include "kernels/base/error.h"
#include "kernels/base/suggest.h"

namespace skipbench {
namespace {

constexpr std::array<std::string_view, 6> kFormats{"text", "md", "latex", "csv", "json", "html"};

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

constexpr const char* kIntegrityIsOk = "Integrity of the database: ok.";

Section model_section(const ModelCells& model, const std::vector<RunRecord>& runs) {
  return {fmt::format("{} on {}", model.experiment, model.model), caption_of(model, runs),
          model_tables(model), notes_of(model)};
}

Document make_document(const StoreReader& reader, const std::vector<ExperimentData>& experiments,
                       const ReportOptions& options) {
  Document document;
  for (const ExperimentData& experiment : experiments) {
    for (const ModelCells& model : experiment.models) {
      document.sections.push_back(model_section(model, experiment.runs));
    }
    if (options.provenance) document.sections.push_back(provenance_section(reader, experiment));
  }
  if (has_profiles(experiments)) {
    document.footer.push_back("Profiles are stored: report --profile shows where the time goes.");
  }
  if (options.check) document.footer.push_back(kIntegrityIsOk);
  return document;
}

/// The page has all there is: also where the time goes, and where its figures come from.
Document page_document(const StoreReader& reader, const std::vector<ExperimentData>& experiments,
                       const ReportOptions& options) {
  Document document;
  for (const ExperimentData& experiment : experiments) {
    for (const ModelCells& model : experiment.models) {
      Section section = model_section(model, experiment.runs);
      for (Table& table : profile_tables(model)) section.tables.push_back(std::move(table));
      document.sections.push_back(std::move(section));
    }
  }
  if (options.check) document.footer.push_back(kIntegrityIsOk);
  for (const ExperimentData& experiment : experiments) {
    document.sections.push_back(provenance_section(reader, experiment));
  }
  return document;
}

std::string print_document(const Document& document, const ReportOptions& options) {
  if (options.format == "md") return print_markdown(document);
  if (options.format == "latex") return print_latex(document);
  return print_text(document, options.width);
}

std::vector<ExperimentData> load_ranked(const StoreReader& reader, const ReportOptions& options) {
  auto experiments = load_experiments(reader, options.experiment, options.allow_mixed);
  for (ExperimentData& experiment : experiments) {
    mark_searches(experiment);
    note_scaled_presets(experiment);
    for (ModelCells& model : experiment.models) {
      rank_cells(reader, model);
      find_fronts(model);
    }
  }
  return experiments;
}

std::string render(const StoreReader& reader, const ReportOptions& options) {
  const auto experiments = load_ranked(reader, options);
  if (options.format == "html") {
    return print_page(reader, experiments, page_document(reader, experiments, options),
                      options.methods);
  }
  if (options.format == "csv") return print_csv(experiments);
  if (options.format == "json")
    return print_json(experiments, options.provenance ? &reader : nullptr, options.check);
  return print_document(make_document(reader, experiments, options), options);
}

std::string render_profiles(const StoreReader& reader, const ReportOptions& options) {
  const auto experiments = load_experiments(reader, options.experiment, options.allow_mixed);
  if (!has_profiles(experiments)) {
    throw InputError(
        fmt::format("database {}: holds no profiles; 'skipbench run EXPERIMENT --db "
                    "{} --profile' adds them",
                    reader.file().string(), reader.file().string()));
  }
  if (options.format == "csv") return print_profiles_csv(experiments);
  if (options.format == "json") return print_profiles_json(experiments);
  Document document;
  for (const ExperimentData& experiment : experiments) {
    for (const ModelCells& model : experiment.models) {
      document.sections.push_back({fmt::format("{} on {}", model.experiment, model.model),
                                   caption_of(model, experiment.runs),
                                   profile_tables(model),
                                   {}});
    }
  }
  return print_document(document, options);
}

std::string render_table(const StoreReader& reader, const ReportOptions& options) {
  const TableSpec spec = load_table_spec(options.table);
  const PublishedFigures published =
      spec.published.empty() ? PublishedFigures() : load_published(spec.published);
  const std::string& only = options.experiment.empty() ? spec.experiment : options.experiment;
  const auto experiments = load_experiments(reader, only, options.allow_mixed);
  const PaperTable table = fill_table(reader, spec, published, experiments);
  if (options.format == "csv") return print_table_csv(table);
  if (options.format == "json")
    return print_table_json(table, experiments, options.provenance ? &reader : nullptr);
  Document document;
  document.sections.push_back(table_section(table));
  const bool is_page = options.format == "html";
  for (const ExperimentData& one : experiments) {
    if (options.provenance || is_page) document.sections.push_back(provenance_section(reader, one));
  }
  return is_page ? print_page(reader.file().string(), document) : print_document(document, options);
}

}  // namespace

std::span<const std::string_view> report_formats() {
  return kFormats;
}

std::string render_report(const std::filesystem::path& database, const ReportOptions& options) {
  check_format(options.format);
  const StoreReader reader(database);
  if (options.check) check_integrity(reader);
  if (options.profile && options.format != "html") return render_profiles(reader, options);
  return options.table.empty() ? render(reader, options) : render_table(reader, options);
}

std::string render_claims(std::span<const std::filesystem::path> databases,
                          const ReportOptions& options) {
  check_format(options.format);
  std::deque<StoreReader> readers;
  std::deque<std::vector<ExperimentData>> experiments;
  std::vector<ClaimSource> sources;
  std::vector<std::string> names;
  for (const std::filesystem::path& database : databases) {
    if (std::find(names.begin(), names.end(), database.string()) != names.end()) {
      throw InputError(fmt::format("database {}: is named twice", database.string()));
    }
    const StoreReader& reader = readers.emplace_back(database);
    if (options.check) check_integrity(reader);
    sources.push_back({reader, experiments.emplace_back(load_experiments(reader, options.experiment,
                                                                         options.allow_mixed))});
    names.push_back(database.string());
  }
  std::vector<MeasuredPaper> papers;
  for (const std::filesystem::path& file : claims_files(options.claims)) {
    papers.push_back(measure_paper(load_claims(file), sources));
  }
  if (options.format == "csv") return print_claims_csv(papers);
  if (options.format == "json") return print_claims_json(papers, sources, options.provenance);
  Document document;
  for (const MeasuredPaper& paper : papers) {
    document.sections.push_back(claims_section(paper, sources));
  }
  document.footer.emplace_back(kVerdictRules);
  const bool is_page = options.format == "html";
  for (const ClaimSource& source : sources) {
    if (!options.provenance && !is_page) continue;
    for (const ExperimentData& one : source.experiments) {
      document.sections.push_back(provenance_section(source.reader, one));
    }
  }
  return is_page ? print_page(fmt::format("{}", fmt::join(names, " ")), document)
                 : print_document(document, options);
}

}  // namespace skipbench
