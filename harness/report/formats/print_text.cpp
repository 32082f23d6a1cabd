#include <algorithm>
#include <string>
#include <vector>

#include "harness/report/tables/document.h"

namespace skipbench {
namespace {

constexpr std::string_view kGap = "  ";
constexpr std::string_view kRule = "─";

std::string repeat(std::string_view text, size_t times) {
  std::string result;
  for (size_t i = 0; i < times; ++i) result += text;
  return result;
}

std::string padding(size_t width, std::string_view text) {
  const size_t used = display_width(text);
  return std::string(width > used ? width - used : 0, ' ');
}

std::string without_trailing_spaces(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line + '\n';
}

/// Neighbouring columns of one group.
struct Span {
  size_t begin, end;
};

std::vector<Span> group_spans(const Table& table, size_t begin, size_t end) {
  std::vector<Span> spans;
  for (size_t i = begin; i < end; ++i) {
    const std::string& group = table.columns[i].group;
    const bool joins = !spans.empty() && !group.empty() && table.columns[i - 1].group == group;
    if (joins) {
      spans.back().end = i + 1;
    } else {
      spans.push_back({i, i + 1});
    }
  }
  return spans;
}

size_t span_width(const std::vector<size_t>& widths, Span span) {
  size_t width = kGap.size() * (span.end - span.begin - 1);
  for (size_t i = span.begin; i < span.end; ++i) width += widths[i];
  return width;
}

std::vector<size_t> column_widths(const Table& table) {
  std::vector<size_t> widths(table.columns.size());
  for (size_t i = 0; i < widths.size(); ++i) {
    widths[i] = display_width(table.columns[i].heading);
    for (const TableRow& row : table.rows) {
      widths[i] = std::max(widths[i], display_width(row.cells[i]));
    }
  }
  for (const Span span : group_spans(table, 1, widths.size())) {
    const size_t wanted = display_width(table.columns[span.begin].group);
    const size_t given = span_width(widths, span);
    if (wanted > given) widths[span.end - 1] += wanted - given;
  }
  return widths;
}

/// Prints the first column and those of [begin, end).
class Block {
 public:
  Block(const Table& table, const std::vector<size_t>& widths, Span columns)
      : table_(table), widths_(widths), columns_(columns) {}

  std::string print() const {
    const size_t total =
        widths_[0] +
        (columns_.end > columns_.begin ? kGap.size() + span_width(widths_, columns_) : 0);
    std::string text = group_line();
    text += line([this](size_t i) -> const std::string& { return table_.columns[i].heading; });
    text += repeat(kRule, total) + '\n';
    std::string section;
    for (const TableRow& row : table_.rows) {
      if (row.section != section) text += (section.empty() ? "" : "\n") + row.section + '\n';
      section = row.section;
      text += line([&row](size_t i) -> const std::string& { return row.cells[i]; });
    }
    return text;
  }

 private:
  template <class CellText>
  std::string line(CellText cell) const {
    std::string text = cell(0) + padding(widths_[0], cell(0));
    for (size_t i = columns_.begin; i < columns_.end; ++i) {
      text += std::string(kGap) + padding(widths_[i], cell(i)) + cell(i);
    }
    return without_trailing_spaces(std::move(text));
  }

  /// "─── needle ───" over the columns of a group.
  static std::string banner(const std::string& group, size_t width) {
    if (group.empty()) return std::string(width, ' ');
    const size_t rule = width - std::min(width, display_width(group) + 2);
    if (rule < 2) return padding(width, group) + group;
    return repeat(kRule, rule / 2) + ' ' + group + ' ' + repeat(kRule, rule - rule / 2);
  }

  std::string group_line() const {
    std::string text(widths_[0], ' ');
    bool any = false;
    for (const Span span : group_spans(table_, columns_.begin, columns_.end)) {
      const std::string& group = table_.columns[span.begin].group;
      any = any || !group.empty();
      text += std::string(kGap) + banner(group, span_width(widths_, span));
    }
    return any ? without_trailing_spaces(std::move(text)) : std::string();
  }

  const Table& table_;
  const std::vector<size_t>& widths_;
  Span columns_;
};

/// Ranges of columns that fit beside the first one.
std::vector<Span> blocks_of(const Table& table, const std::vector<size_t>& widths, size_t width) {
  std::vector<Span> blocks{{1, 1}};
  for (const Span group : group_spans(table, 1, widths.size())) {
    const Span longer{blocks.back().begin, group.end};
    const bool fits = width == 0 || widths[0] + kGap.size() + span_width(widths, longer) <= width;
    if (fits || blocks.back().begin == blocks.back().end) {
      blocks.back().end = group.end;
    } else {
      blocks.push_back(group);
    }
  }
  return blocks;
}

std::string print_table(const Table& table, size_t width) {
  std::string text = table.title + '\n';
  for (const std::string& line : table.caption) text += line + '\n';
  const std::vector<size_t> widths = column_widths(table);
  for (const Span block : blocks_of(table, widths, width)) {
    text += '\n' + Block(table, widths, block).print();
  }
  return text;
}

std::string print_legend(const Document& document) {
  const auto legend = legend_of(document);
  size_t width = 0;
  for (const auto& [heading, hint] : legend) width = std::max(width, display_width(heading));
  std::string text;
  for (const auto& [heading, hint] : legend) {
    text += heading + padding(width, heading) + std::string(kGap) + hint + '\n';
  }
  return text.empty() ? text : '\n' + text;
}

}  // namespace

std::string print_text(const Document& document, size_t width) {
  std::string text;
  for (const Section& section : document.sections) {
    if (!text.empty()) text += '\n';
    text += section.heading + '\n' + repeat("═", display_width(section.heading)) + '\n';
    for (const std::string& line : section.caption) text += line + '\n';
    for (const Table& table : section.tables) text += '\n' + print_table(table, width);
    if (!section.notes.empty()) text += '\n';
    for (const std::string& note : section.notes) text += note + '\n';
  }
  text += print_legend(document);
  if (!document.footer.empty()) text += '\n';
  for (const std::string& line : document.footer) text += line + '\n';
  return text;
}

}  // namespace skipbench
