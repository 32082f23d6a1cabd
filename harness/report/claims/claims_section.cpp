#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "harness/base/add_once.h"
#include "harness/report/claims/claims_report.h"
#include "harness/report/tables/captions.h"

namespace skipbench {
namespace {

constexpr const char* kMeasuredHint =
    "the label against the other on the same samples [95% interval]: of differences Student's over "
    "samples, mean over tasks of equal weight; of speed-ups Student's on the logarithms of the "
    "paired ratios, over samples (of one sample, over its rounds), geometric mean over tasks; – "
    "and "
    "why where a figure is withheld";
constexpr const char* kCountHint = "paired samples; of times, paired samples x rounds";

std::string number_text(double value, const ClaimFigureFacts& facts) {
  const std::string text = fmt::format("{:.{}f}", value, facts.decimals);
  return text.find_first_not_of("-0.") == std::string::npos && text.starts_with('-')
             ? text.substr(1)
             : text;
}

std::string measured_text(const MeasuredCondition& measured) {
  if (!measured.value) return fmt::format("– ({})", measured.reason);
  const ClaimFigureFacts& facts = facts_of(measured.condition.figure);
  std::string text = number_text(*measured.value, facts) + (facts.is_time() ? "x" : "");
  const bool is_point = measured.interval && measured.interval->low == measured.interval->high;
  if (measured.interval && !is_point) {
    text += fmt::format(" [{}, {}]", number_text(measured.interval->low, facts),
                        number_text(measured.interval->high, facts));
  }
  if (measured.tasks < measured.of_tasks) {
    text += fmt::format(" ({}/{} tasks)", measured.tasks, measured.of_tasks);
  }
  if (measured.inactive_tasks > 0)
    text += fmt::format(" (inactive on {})", measured.inactive_tasks);
  if (!measured.reason.empty()) text += fmt::format(" ({})", measured.reason);
  return text;
}

/// One text a condition: "0.43 [-0.31, 1.17]; 1.45x [1.41, 1.49]", or one where all are alike.
template <class Text>
std::string joined(const std::vector<MeasuredCondition>& conditions, Text text_of) {
  std::vector<std::string> texts;
  for (const MeasuredCondition& each : conditions) add_once(texts, text_of(each));
  return fmt::format("{}", fmt::join(texts, "; "));
}

std::string file_name(const MeasuredClaim& claim) {
  return claim.reader ? claim.reader->file().filename().string() : "–";
}

TableRow row_of(const ClaimSpec& claim, const MeasuredClaim& measured) {
  const bool outdated = std::any_of(measured.cells.begin(), measured.cells.end(),
                                    [](const JudgedCell* cell) { return cell->outdated; });
  const bool found = measured.reader != nullptr;
  return {fmt::format("{}: {} [{}]", claim.id, claim.sentence, conditions_text(claim.holds)),
          {found ? measured.model : "–", std::string(verdict_name(measured.verdict)),
           joined(measured.conditions, measured_text) + (found && outdated ? "*" : ""),
           joined(measured.conditions, [](const auto& each) { return fmt::format("{}", each.n); }),
           file_name(measured), found ? measured.experiment : "–",
           found ? fmt::format("{} against {}", measured.label, measured.against) : "–"}};
}

/// "16 claims; verdicts, one a row: 9 reproduced, ...".
std::string count_verdicts(const MeasuredPaper& paper) {
  constexpr std::array kAll{ClaimVerdict::kReproduced, ClaimVerdict::kNotDistinguishable,
                            ClaimVerdict::kContradicted, ClaimVerdict::kNotMeasured};
  std::array<size_t, kAll.size()> counts{};
  for (const auto& rows : paper.measured) {
    for (const MeasuredClaim& row : rows) ++counts[static_cast<size_t>(row.verdict)];
  }
  std::vector<std::string> parts;
  for (const ClaimVerdict verdict : kAll) {
    parts.push_back(
        fmt::format("{} {}", counts[static_cast<size_t>(verdict)], verdict_name(verdict)));
  }
  return fmt::format("{} claims; verdicts, one a row: {}.", paper.spec.claims.size(),
                     fmt::join(parts, ", "));
}

/// Where it stands, and what the paper reports for it.
std::string source_line(const ClaimSpec& claim) {
  std::vector<std::string> figures;
  for (const PublishedFigure& figure : claim.published) {
    // Papers print two decimals of points and ratios.
    const std::string value =
        fmt::format(fmt::runtime(figure.value < 1 ? "{}" : "{:.2f}"), figure.value);
    figures.push_back(fmt::format("{} {} {} {}", figure.model, figure.row, figure.column, value));
  }
  return fmt::format("{}: {}; published: {}.", claim.id, claim.where, fmt::join(figures, ", "));
}

/// Machine, version and marks of each model that has a row.
std::vector<std::string> captions_of(const MeasuredPaper& paper,
                                     std::span<const ClaimSource> sources) {
  std::vector<std::string> lines;
  const auto add_rows_of = [&](const ClaimSource& source, const ExperimentData& experiment,
                               const ModelCells& model) {
    for (const auto& rows : paper.measured) {
      for (const MeasuredClaim& row : rows) {
        if (row.reader != &source.reader || row.experiment != model.experiment ||
            row.model != model.model)
          continue;
        const std::string place =
            fmt::format("{}, {} on {}: ", file_name(row), row.experiment, row.model);
        for (const std::string& line : caption_of(model, experiment.runs))
          add_once(lines, place + line);
      }
    }
  };
  for (const ClaimSource& source : sources) {
    for (const ExperimentData& experiment : source.experiments) {
      for (const ModelCells& model : experiment.models) add_rows_of(source, experiment, model);
    }
  }
  return lines;
}

}  // namespace

MeasuredPaper measure_paper(ClaimsSpec spec, std::span<const ClaimSource> sources) {
  MeasuredPaper paper{std::move(spec), {}};
  for (const ClaimSpec& claim : paper.spec.claims) {
    paper.measured.push_back(measure_claim(claim, sources));
  }
  return paper;
}

Section claims_section(const MeasuredPaper& paper, std::span<const ClaimSource> sources) {
  Table table{"Claims", {count_verdicts(paper)}, {}, {}};
  table.columns = {{"", "model", "", false},
                   {"", "verdict", "follows from the interval and the claim's bound alone", false},
                   {"", "measured", kMeasuredHint, false},
                   {"", "n", kCountHint, false},
                   {"", "database", "", true},
                   {"", "experiment", "", true},
                   {"", "compared", "", false}};
  std::vector<std::string> notes;
  for (size_t i = 0; i < paper.spec.claims.size(); ++i) {
    const ClaimSpec& claim = paper.spec.claims[i];
    for (const MeasuredClaim& row : paper.measured[i]) table.rows.push_back(row_of(claim, row));
    notes.push_back(source_line(claim));
  }
  collapse_constant_columns(table);
  notes.push_back(fmt::format(
      "Published figures: {}; {}. On another model or machine a verdict says whether the sentence "
      "holds there.",
      paper.spec.source, paper.spec.setup));
  return {paper.spec.source, captions_of(paper, sources), {std::move(table)}, std::move(notes)};
}

}  // namespace skipbench
