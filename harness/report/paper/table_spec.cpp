#include "harness/report/paper/table_spec.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/report/judge/fields.h"
#include "harness/yaml/yaml_values.h"
#include "kernels/base/suggest.h"

namespace skipbench {
namespace {

/// Words that a column may name besides the report's fields.
constexpr std::string_view kScore = "score", kLoss = "loss", kAverage = "average",
                           kCategories = "categories";

bool is_number_field(const CellField& field) {
  return field.is_figure && field.unit != Unit::kText;
}

std::vector<std::string> known_figures() {
  std::vector<std::string> names;
  for (const std::string_view word : {kScore, kScoreGain, kLoss, kAverage, kCategories}) {
    names.emplace_back(word);
  }
  for (const CellField& field : cell_fields()) {
    if (is_number_field(field)) names.emplace_back(field.id);
  }
  return names;
}

/// One table file while it is read.
class TableReader {
 public:
  TableReader(const std::filesystem::path& file, Problems& problems)
      : file_(file), problems_(problems) {}

  TableSpec read(const YamlNode& root) {
    MapReader map(root, "a table", problems_);
    TableSpec spec;
    if (const YamlNode* name = map.require("table")) spec.name = text(*name, "table");
    spec.title = map.text("title", spec.name);
    spec.experiment = map.text("experiment", "");
    if (const YamlNode* models = map.find("models")) {
      for (const YamlNode* item : items(*models)) spec.models.push_back(model(*item));
    }
    if (spec.models.empty()) spec.models.emplace_back();
    if (const YamlNode* rows = map.require("rows")) {
      refuse_empty(*rows, "rows");
      for (const YamlNode* item : items(*rows)) spec.rows.push_back(row(*item));
    }
    if (const YamlNode* categories = map.find("categories")) read_categories(*categories);
    if (const YamlNode* columns = map.require("columns")) {
      refuse_empty(*columns, "columns");
      for (const YamlNode* item : items(*columns)) {
        const size_t before = spec.columns.size();
        add_columns(*item, spec.columns);
        refuse_repeated(*item, spec.columns, before);
      }
    }
    spec.highlight = flag(map, "highlight");
    const std::string published = map.text("published", "");
    if (!published.empty()) spec.published = file_.parent_path() / published;
    map.finish();
    return spec;
  }

 private:
  std::string text(const YamlNode& node, std::string_view what) {
    return scalar_text(node, what, problems_);
  }

  void refuse_empty(const YamlNode& node, std::string_view what) {
    if (node.is_sequence() && node.items.empty())
      problems_.add(node.where, fmt::format("'{}' is an empty list; name at least one", what));
  }

  /// A list's items, or the one value itself.
  static std::vector<const YamlNode*> items(const YamlNode& node) {
    if (!node.is_sequence()) return {&node};
    std::vector<const YamlNode*> list;
    for (const YamlNode& item : node.items) list.push_back(&item);
    return list;
  }

  std::vector<std::string> words(const YamlNode* node, std::string_view what) {
    return node ? scalar_texts(*node, what, problems_) : std::vector<std::string>();
  }

  bool flag(MapReader& map, std::string_view key) {
    const YamlNode* node = map.find(key);
    if (!node) return false;
    const Json value = to_json(*node, problems_);
    if (!value.is_boolean()) {
      problems_.add(node->where, fmt::format("'{}' must be true or false", key));
    }
    return value.is_boolean() && value.get<bool>();
  }

  TableModelSpec model(const YamlNode& node) {
    TableModelSpec spec;
    if (node.is_scalar()) {
      spec.match = spec.name = node.text;
      return spec;
    }
    MapReader map(node, "a model", problems_);
    if (const YamlNode* match = map.require("model")) spec.match = text(*match, "model");
    spec.name = map.text("name", spec.match);
    map.finish();
    return spec;
  }

  TableRowSpec row(const YamlNode& node) {
    TableRowSpec spec;
    if (node.is_scalar()) {
      spec.match = node.text;
      return spec;
    }
    MapReader map(node, "a row", problems_);
    if (const YamlNode* match = map.require("label")) spec.match = text(*match, "label");
    spec.name = map.text("name", "");
    spec.published = map.text("published", spec.name);
    map.finish();
    return spec;
  }

  void read_categories(const YamlNode& node) {
    if (!node.is_map()) {
      problems_.add(node.where, "'categories' must map names to lists of subsets");
      return;
    }
    for (const YamlNode::Entry& entry : node.entries) {
      TableColumnSpec column;
      column.figure = kScore;
      column.name = column.published = entry.key;
      column.tasks = words(&entry.value, entry.key);
      categories_.push_back(std::move(column));
    }
  }

  std::string checked_figure(const YamlNode& node) {
    const std::string figure = text(node, "figure");
    const std::vector<std::string> known = known_figures();
    if (std::find(known.begin(), known.end(), figure) == known.end()) {
      problems_.add(node.where,
                    fmt::format("unknown figure '{}'{}", figure, suggestion(figure, known)));
    }
    return figure;
  }

  void add_columns(const YamlNode& node, std::vector<TableColumnSpec>& columns) {
    if (node.is_scalar() && node.text == kCategories) {
      if (categories_.empty()) {
        problems_.add(node.where, "column 'categories' needs the key 'categories'");
      }
      columns.insert(columns.end(), categories_.begin(), categories_.end());
      return;
    }
    TableColumnSpec column;
    if (node.is_scalar()) {
      column.figure = column.name = column.published = checked_figure(node);
    } else {
      MapReader map(node, "a column", problems_);
      if (const YamlNode* figure = map.require("figure")) column.figure = checked_figure(*figure);
      column.name = map.text("name", column.figure);
      column.published = map.text("published", column.name);
      column.tasks = words(map.find("tasks"), "tasks");
      column.show_error = flag(map, "error");
      map.finish();
    }
    if (column.figure == kAverage) column.figure = kScore;
    columns.push_back(std::move(column));
  }

  // The columns from `first` on are `node`'s.
  void refuse_repeated(const YamlNode& node, const std::vector<TableColumnSpec>& columns,
                       size_t first) {
    for (size_t i = first; i < columns.size(); ++i) {
      const bool repeated =
          std::any_of(columns.begin(), columns.begin() + static_cast<std::ptrdiff_t>(i),
                      [&](const auto& earlier) { return earlier.name == columns[i].name; });
      if (!repeated) continue;
      problems_.add(node.where,
                    fmt::format("two columns are named '{}'; leave one out, or give it a 'name' "
                                "of its own",
                                columns[i].name));
    }
  }

  const std::filesystem::path& file_;
  Problems& problems_;
  std::vector<TableColumnSpec> categories_;
};

}  // namespace

TableSpec load_table_spec(const std::filesystem::path& file) {
  Problems problems;
  const YamlNode root = parse_yaml_file(file, problems);
  TableSpec spec = TableReader(file, problems).read(root);
  problems.throw_if_any();
  return spec;
}

}  // namespace skipbench
