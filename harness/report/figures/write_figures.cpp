#include "harness/report/figures/write_figures.h"

#include <fmt/format.h>

#include "harness/base/write_file.h"
#include "harness/report/figures/cell_points.h"
#include "harness/report/figures/gnuplot.h"
#include "harness/report/figures/model_figures.h"
#include "kernels/base/error.h"

namespace skipbench {
namespace {

/// "speed-length-time", and with several experiments or models also which.
std::string figure_name(const ModelCells& model, const Figure& figure, bool several) {
  if (!several) return figure.id;
  return fmt::format("{}-{}-{}", file_name_of(model.experiment), file_name_of(model.model),
                     figure.id);
}

}  // namespace

std::vector<std::filesystem::path> write_figures(const std::filesystem::path& database,
                                                 const ReportOptions& options,
                                                 const std::filesystem::path& folder) {
  const StoreReader reader(database);
  const auto experiments = load_experiments(reader, options.experiment, options.allow_mixed);
  make_folder("--figures", folder);
  const bool several = experiments.size() > 1 || experiments.front().models.size() > 1;
  std::vector<std::filesystem::path> files;
  for (const ExperimentData& experiment : experiments) {
    for (const ModelCells& model : experiment.models) {
      for (const Figure& figure : model_figures(reader, model)) {
        const std::string name = figure_name(model, figure, several);
        draw_figure(figure, FigureFormat::kSvg, files.emplace_back(folder / (name + ".svg")));
        draw_figure(figure, FigureFormat::kPdf, files.emplace_back(folder / (name + ".pdf")));
      }
    }
  }
  if (files.empty()) {
    throw InputError(
        fmt::format("database {}: no figure to draw: no cell has a speed-up, or all are outdated "
                    "(--allow-mixed shows those)",
                    database.string()));
  }
  return files;
}

}  // namespace skipbench
