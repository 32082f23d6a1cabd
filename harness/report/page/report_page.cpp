#include "harness/report/page/report_page.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/page/page_template.h"
#include "harness/report/compare/pair_tables.h"
#include "harness/report/figures/figure_json.h"
#include "harness/report/figures/model_figures.h"
#include "harness/report/figures/palette.h"
#include "harness/report/judge/marks.h"
#include "harness/report/page/answers.h"
#include "harness/report/page/evidence_table.h"
#include "harness/report/page/measured_facts.h"
#include "harness/report/page/overall_table.h"
#include "harness/report/page/parameter_tables.h"
#include "harness/report/page/reproduction.h"
#include "harness/report/page/sample_rows.h"

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

/// A label by its place, of what all tasks say together.
OrderedJson answers_json(const PooledTasks& pooled) {
  OrderedJson list = OrderedJson::array();
  const auto labels_of = [&pooled](const std::vector<size_t>& places) {
    OrderedJson labels = OrderedJson::array();
    for (const size_t i : places) labels.push_back(pooled.labels[i]);
    return labels;
  };
  for (const Answers& one : answers_of(pooled)) {
    list.push_back({{"about", one.about},
                    {"best", pooled.labels[one.best]},
                    {"equal", labels_of(one.equal)},
                    {"worse", labels_of(one.worse)},
                    {"fastest", one.fastest ? OrderedJson(pooled.labels[*one.fastest]) : nullptr},
                    {"sentences", one.sentences}});
  }
  return list;
}

OrderedJson figures_json(const StoreReader& reader, const ModelCells& model) {
  OrderedJson list = OrderedJson::array();
  for (const Figure& figure : model_figures(reader, model)) list.push_back(figure_json(figure));
  return list;
}

OrderedJson reproductions_json(const ModelCells& model, const std::vector<RunRecord>& runs) {
  OrderedJson list = OrderedJson::array();
  for (const Reproduction& one : reproductions_of(model, runs)) {
    list.push_back({{"label", one.label}, {"task", one.task}, {"commands", one.commands}});
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
  if (auto pooled = pool_tasks(model, pairs)) {
    rank_pooled(reader, model, pairs, *pooled);
    section["answers"] = answers_json(*pooled);
    if (pooled->tasks > 1) section["overall"] = table_json(overall_table(*pooled));
  }
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
