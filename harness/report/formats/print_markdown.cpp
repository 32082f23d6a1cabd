#include <string>
#include <vector>

#include "harness/report/tables/document.h"

namespace skipbench {
namespace {

/// Text that stands for itself in a table cell or a paragraph.
std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (std::string_view("|*_`<\\").find(c) != std::string_view::npos) result += '\\';
    result += c == '\n' ? ' ' : c;
  }
  return result;
}

template <class CellText>
std::string line(size_t columns, CellText cell) {
  std::string text = "|";
  for (size_t i = 0; i < columns; ++i) text += ' ' + cell(i) + " |";
  return text + '\n';
}

/// Markdown has one heading line: the group goes before the heading.
std::string heading_of(const TableColumn& column) {
  return escaped(column.group.empty() ? column.heading : column.group + ": " + column.heading);
}

std::string print_table(const Table& table) {
  const size_t columns = table.columns.size();
  std::string text = "### " + escaped(table.title) + "\n\n";
  for (const std::string& caption : table.caption) text += escaped(caption) + "\n\n";
  text += line(columns, [&](size_t i) { return heading_of(table.columns[i]); });
  text += line(columns, [](size_t i) { return std::string(i == 0 ? ":--" : "--:"); });
  std::string section;
  for (const TableRow& row : table.rows) {
    if (row.section != section) {
      text += line(columns, [&](size_t i) {
        return i == 0 ? "**" + escaped(row.section) + "**" : std::string();
      });
    }
    section = row.section;
    text += line(columns, [&](size_t i) { return escaped(row.cells[i]); });
  }
  return text + '\n';
}

/// Indented lines become bullets under the one before.
std::string bullets(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& item : lines) {
    const size_t indent = item.find_first_not_of(' ');
    text += item.substr(0, indent) + "- " + escaped(item.substr(indent)) + '\n';
  }
  return text.empty() ? text : text + '\n';
}

}  // namespace

std::string print_markdown(const Document& document) {
  std::string text;
  for (const Section& section : document.sections) {
    text += "## " + escaped(section.heading) + "\n\n" + bullets(section.caption);
    for (const Table& table : section.tables) text += print_table(table);
    text += bullets(section.notes);
  }
  for (const auto& [heading, hint] : legend_of(document)) {
    text += "- **" + escaped(heading) + "**: " + escaped(hint) + '\n';
  }
  if (!document.footer.empty()) text += '\n' + bullets(document.footer);
  while (text.ends_with("\n\n")) text.pop_back();
  return text;
}

}  // namespace skipbench
