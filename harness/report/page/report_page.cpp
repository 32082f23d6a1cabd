#include "harness/report/page/report_page.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/page/page_template.h"
#include "harness/report/figures/figure_json.h"
#include "harness/report/figures/model_figures.h"
#include "harness/report/figures/palette.h"
#include "harness/report/findings/findings.h"
#include "harness/report/findings/measured_facts.h"
#include "harness/report/findings/pair_tables.h"
#include "harness/report/findings/pooled_findings.h"
#include "harness/report/judge/marks.h"
#include "harness/report/page/evidence_table.h"
#include "harness/report/page/overall_table.h"
#include "harness/report/page/parameter_tables.h"
#include "harness/report/page/reproduction.h"
#include "harness/report/page/sample_rows.h"
#include "harness/report/tables/cell_grid.h"

namespace skipbench {

/// page/* (harness/base/embed_texts.cmake).
std::span<const EmbeddedText> embedded_report_page();

namespace {

using OrderedJson = nlohmann::ordered_json;

OrderedJson table_json(const Table& table) {
  OrderedJson columns = OrderedJson::array(), rows = OrderedJson::array();
  for (const TableColumn& column : table.columns) {
    columns.push_back(
        {{"group", column.group}, {"heading", column.heading}, {"hint", column.hint}});
  }
  for (const TableRow& row : table.rows) {
    rows.push_back({{"section", row.section}, {"cells", row.cells}});
  }
  return {{"title", table.title},
          {"caption", table.caption},
          {"columns", std::move(columns)},
          {"rows", std::move(rows)}};
}

OrderedJson tables_json(const std::vector<Table>& tables) {
  OrderedJson list = OrderedJson::array();
  for (const Table& table : tables) list.push_back(table_json(table));
  return list;
}

OrderedJson section_json(const Section& section) {
  return {{"heading", section.heading},
          {"caption", section.caption},
          {"tables", tables_json(section.tables)},
          {"notes", section.notes}};
}

// [text, emphasis], and what is folded behind it.
OrderedJson phrase_json(const Phrase& phrase) {
  OrderedJson json = OrderedJson::array({phrase.text, phrase.emphasis});
  if (!phrase.folded.empty()) json.push_back(phrase.folded);
  return json;
}

OrderedJson findings_json(const std::vector<Finding>& findings) {
  OrderedJson list = OrderedJson::array();
  for (const Finding& finding : findings) {
    OrderedJson phrases = OrderedJson::array();
    for (const Phrase& phrase : finding.text) phrases.push_back(phrase_json(phrase));
    list.push_back({finding.about, std::move(phrases)});
  }
  return list;
}

/// Those of single tasks apart; where there are many tasks, the page folds them.
void add_findings(const ModelCells& model, OrderedJson& section) {
  constexpr size_t kMostTasksOpen = 5;
  std::vector<Finding> general, of_tasks;
  for (Finding& finding : findings_of(model)) {
    (finding.of_one_task ? of_tasks : general).push_back(std::move(finding));
  }
  const size_t tasks = make_grid(model, [](const JudgedCell&) { return true; }).tasks.size();
  section["findings"] = findings_json(general);
  section["task_findings"] = findings_json(of_tasks);
  section["tasks"] = tasks;
  section["folds_tasks"] = tasks > kMostTasksOpen;
}

OrderedJson figures_json(const StoreReader& reader, const ModelCells& model) {
  OrderedJson list = OrderedJson::array();
  for (const Figure& figure : model_figures(reader, model)) list.push_back(figure_json(figure));
  return list;
}

OrderedJson reproductions_json(const ModelCells& model, const std::vector<RunRecord>& runs) {
  OrderedJson list = OrderedJson::array();
  for (const Reproduction& one : reproductions_of(model, runs)) {
    list.push_back({{"label", one.label},
                    {"task", one.task},
                    {"machine", one.machine},
                    {"warning", one.warning},
                    {"commands", one.commands},
                    {"data", one.data},
                    {"scope", one.scope},
                    {"expected", one.expected}});
  }
  return list;
}

/// What only the page shows of a model.
void add_model(const StoreReader& reader, const ModelCells& model,
               const std::vector<RunRecord>& runs, std::span<const MethodIntro> methods,
               const SampleLimits& limits, OrderedJson& section) {
  const PairedLabels pairs = compare_pairs(reader, model);
  section["marks"] = marks_of(model, runs);
  section["measured"] = measured_facts(model, runs);
  section["compared"] = pairs_json(pairs);
  section["methods"] = method_lines(model, methods);
  if (const auto pooled = pool_tasks(model, pairs)) {
    section["overall"] = table_json(overall_table(*pooled));
    section["answers"] = findings_json(pooled_findings(*pooled));
  }
  add_findings(model, section);
  section["figures"] = figures_json(reader, model);
  section["evidence"] = tables_json(evidence_tables(model));
  section["parameters"] = tables_json(parameter_tables(model));
  section["samples"] = sample_rows(reader, model, limits);
  section["reproductions"] = reproductions_json(model, runs);
}

std::vector<std::string_view> mark_names() {
  std::vector<std::string_view> names;
  for (const Mark& mark : all_marks()) names.push_back(mark.name);
  return names;
}

OrderedJson document_json(const std::string& database, const Document& document) {
  OrderedJson sections = OrderedJson::array(), legend = OrderedJson::array();
  for (const Section& section : document.sections) sections.push_back(section_json(section));
  for (const auto& [heading, hint] : legend_of(document)) legend.push_back({heading, hint});
  return {{"database", database},
          {"palette", {{"light", kLightPalette}, {"dark", kDarkPalette}, {"shapes", kShapes}}},
          {"sections", std::move(sections)},
          {"legend", std::move(legend)},
          {"marks", mark_names()},
          {"footer", document.footer}};
}

std::string fill(const Document& document, const OrderedJson& data) {
  const std::string title =
      document.sections.empty() ? "SkipBench" : document.sections.front().heading + " – SkipBench";
  return fill_page(
      {embedded_report_page(),
       {"style"},
       {"tables", "marks", "plot", "figures", "samples", "reproduce", "compare", "report"}},
      title, data.dump(-1, ' ', false, OrderedJson::error_handler_t::replace));
}

}  // namespace

std::string print_page(const StoreReader& reader, const std::vector<ExperimentData>& experiments,
                       const Document& document, std::span<const MethodIntro> methods) {
  OrderedJson data = document_json(reader.file().string(), document);
  size_t models = 0;
  for (const ExperimentData& experiment : experiments) models += experiment.models.size();
  SampleLimits limits;
  limits.rows /= static_cast<int64_t>(std::max<size_t>(models, 1));
  size_t at = 0;
  for (const ExperimentData& experiment : experiments) {
    for (const ModelCells& model : experiment.models) {
      add_model(reader, model, experiment.runs, methods, limits, data["sections"].at(at++));
    }
  }
  return fill(document, data);
}

std::string print_page(const std::string& database, const Document& document) {
  return fill(document, document_json(database, document));
}

}  // namespace skipbench
