#include <fmt/format.h>

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "harness/report/tables/document.h"

namespace skipbench {
namespace {

using Replacement = std::pair<std::string_view, std::string_view>;

constexpr std::array<Replacement, 28> kReplacements{{
    {"\\", "\\textbackslash{}"},
    {"&", "\\&"},
    {"%", "\\%"},
    {"$", "\\$"},
    {"#", "\\#"},
    {"_", "\\_"},
    {"{", "\\{"},
    {"}", "\\}"},
    {"~", "\\textasciitilde{}"},
    {"^", "\\textasciicircum{}"},
    {"<=", "$\\le$"},
    {">=", "$\\ge$"},
    {"<", "$<$"},
    {">", "$>$"},
    {"±", "$\\pm$"},
    {"Δ", "$\\Delta$"},
    {"–", "--"},
    {"→", "$\\to$"},
    {"×", "$\\times$"},
    {"●", "bold"},
    {"○", "underlined"},
    {"◌", "italic"},
    {"■", "$\\bullet$"},
    {"□", "$\\circ$"},
    {"◆", "$\\diamond$"},
    {"†", "$\\dagger$"},
    {"‡", "$\\ddagger$"},
    {"\n", " "},
}};

/// Text that LaTeX prints as it is.
std::string escaped(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    size_t taken = 0;
    for (const auto& [from, to] : kReplacements) {
      if (!text.starts_with(from)) continue;
      result += to;
      taken = from.size();
      break;
    }
    if (taken == 0) result += text.front();
    text.remove_prefix(taken == 0 ? 1 : taken);
  }
  return result;
}

/// The best is bold, what cannot be told from it underlined, what differs taken alone italic.
std::string cell_text(const std::string& text) {
  static constexpr std::array<Replacement, 3> kMarks{
      {{" ●", "textbf"}, {" ○", "underline"}, {" ◌", "textit"}}};
  for (const auto& [mark, command] : kMarks) {
    const size_t at = text.find(mark);
    if (at == std::string::npos) continue;
    const std::string figure = text.substr(0, at) + text.substr(at + mark.size());
    return fmt::format("\\{}{{{}}}", command, escaped(figure));
  }
  return escaped(text);
}

template <class CellText>
std::string line(size_t columns, CellText cell) {
  std::string text;
  for (size_t i = 0; i < columns; ++i) text += (i > 0 ? " & " : "") + cell(i);
  // The end of the line before would take it for its own argument.
  if (text.starts_with('[') || text.starts_with('*')) text.insert(0, "{}");
  return text + " \\\\\n";
}

/// A heading over each group, and the rules under them.
std::string group_lines(const std::vector<TableColumn>& columns) {
  std::string names, rules;
  for (size_t begin = 0, end = 0; begin < columns.size(); begin = end) {
    const std::string& group = columns[begin].group;
    while (end < columns.size() && columns[end].group == group) ++end;
    names += fmt::format("{}\\multicolumn{{{}}}{{c}}{{{}}}", begin > 0 ? " & " : "", end - begin,
                         escaped(group));
    if (!group.empty()) rules += fmt::format("\\cmidrule(lr){{{}-{}}}", begin + 1, end);
  }
  return rules.empty() ? "" : names + " \\\\\n" + rules + '\n';
}

std::string section_line(const std::string& section, size_t columns, bool first) {
  return fmt::format("{}\\multicolumn{{{}}}{{l}}{{\\textit{{{}}}}} \\\\\n",
                     first ? "" : "\\midrule\n", columns, escaped(section));
}

std::string print_table(const Table& table) {
  const size_t columns = table.columns.size();
  std::string caption = escaped(table.title);
  for (const std::string& text : table.caption) caption += ". " + escaped(text);
  std::string text = "\\begin{table}\n\\centering\n\\caption{" + caption + "}\n";
  text += "\\begin{tabular}{l" + std::string(columns - 1, 'r') + "}\n\\toprule\n";
  text += group_lines(table.columns);
  text += line(columns, [&](size_t i) { return escaped(table.columns[i].heading); });
  text += "\\midrule\n";
  std::string section;
  for (const TableRow& row : table.rows) {
    if (row.section != section) text += section_line(row.section, columns, section.empty());
    section = row.section;
    text += line(columns, [&](size_t i) { return cell_text(row.cells[i]); });
  }
  return text + "\\bottomrule\n\\end{tabular}\n\\end{table}\n";
}

std::string paragraphs(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& item : lines) text += "\\par " + escaped(item) + '\n';
  return text.empty() ? text : "{\\footnotesize\n" + text + "\\par}\n";
}

}  // namespace

std::string print_latex(const Document& document) {
  std::string text = "% needs \\usepackage{booktabs}\n";
  for (const Section& section : document.sections) {
    text += "\n% " + section.heading + '\n' + paragraphs(section.caption);
    for (const Table& table : section.tables) text += print_table(table);
    text += paragraphs(section.notes);
  }
  std::vector<std::string> legend;
  for (const auto& [heading, hint] : legend_of(document)) legend.push_back(heading + ": " + hint);
  return text + paragraphs(legend) + paragraphs(document.footer);
}

}  // namespace skipbench
