#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "harness/base/filled_lines.h"
#include "harness/text/utf8.h"
#include "harness/yaml/yaml_tree.h"
#include "kernels/base/error.h"

namespace skipbench {
namespace {

// Builds our own tree from yaml-cpp's events: YAML::Node hides duplicate keys' places, follows
// aliases silently and does not tell where a key stands.
class TreeBuilder : public YAML::EventHandler {
 public:
  TreeBuilder(std::string source, Problems& problems)
      : source_(std::move(source)), problems_(problems) {}

  YamlNode take_root() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    refuse_anchor(mark, anchor);
    add(node_at(mark, YamlNode::Kind::kNull));
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    problems_.add(at(mark), "aliases (*name) are not supported: write the value out");
    add(node_at(mark, YamlNode::Kind::kNull));
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    refuse_anchor(mark, anchor);
    refuse_tag(mark, tag);
    YamlNode node = node_at(mark, YamlNode::Kind::kScalar);
    node.text = value;
    node.quoted = tag == "!";
    const bool is_null = !node.quoted && (value == "~" || value == "null" || value.empty());
    if (is_null) node.kind = YamlNode::Kind::kNull;
    add(std::move(node));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    refuse_anchor(mark, anchor);
    refuse_tag(mark, tag);
    open_.push_back({node_at(mark, YamlNode::Kind::kSequence), {}, {}, false});
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    refuse_anchor(mark, anchor);
    refuse_tag(mark, tag);
    open_.push_back({node_at(mark, YamlNode::Kind::kMap), {}, {}, false});
  }
  void OnMapEnd() override { close(); }

 private:
  struct Open {
    YamlNode node;
    std::string key;
    Position key_where;
    bool has_key;
  };

  Position at(const YAML::Mark& mark) const { return {source_, mark.line + 1, mark.column + 1}; }
  YamlNode node_at(const YAML::Mark& mark, YamlNode::Kind kind) const {
    YamlNode node;
    node.kind = kind;
    node.where = at(mark);
    return node;
  }

  void refuse_anchor(const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor != YAML::NullAnchor) {
      problems_.add(at(mark), "anchors (&name) are not supported: write the value out");
    }
  }
  void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
    const bool has_tag = !tag.empty() && tag != "?" && tag != "!";
    if (has_tag) problems_.add(at(mark), fmt::format("tags ({}) are not supported", tag));
  }

  void close() {
    YamlNode node = std::move(open_.back().node);
    open_.pop_back();
    add(std::move(node));
  }

  void add(YamlNode node) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Open& parent = open_.back();
    if (parent.node.is_sequence()) {
      parent.node.items.push_back(std::move(node));
    } else if (!parent.has_key) {
      set_key(parent, node);
    } else {
      add_entry(parent, std::move(node));
    }
  }

  void set_key(Open& parent, const YamlNode& key) {
    const bool is_word = key.is_scalar() || key.is_null();
    if (!is_word) {
      problems_.add(key.where, fmt::format("a key must be a word, not {}", kind_name(key)));
    }
    if (key.text == "<<" && !key.quoted) {
      problems_.add(key.where, "merges (<<) are not supported: write the keys out");
    }
    parent.key = key.text;
    parent.key_where = key.where;
    parent.has_key = true;
  }

  void add_entry(Open& parent, YamlNode value) {
    parent.has_key = false;
    for (const YamlNode::Entry& entry : parent.node.entries) {
      if (entry.key != parent.key) continue;
      problems_.add(parent.key_where, fmt::format("duplicate key '{}', first given on line {}",
                                                  parent.key, entry.key_where.line));
      return;
    }
    parent.node.entries.push_back({parent.key, parent.key_where, std::move(value)});
  }

  std::string source_;
  Problems& problems_;
  std::vector<Open> open_;
  YamlNode root_;
};

bool is_indented_with_a_tab(std::string_view line) {
  return line.substr(0, line.find_first_not_of(" \t")).find('\t') != std::string_view::npos;
}

// The line, from 1, that is indented with a tab: the one of a syntax error, or the last before it
// that has something on it, since what a tab hides may be noticed beyond it. 0 where neither is.
int line_of_tab(std::string_view text, int error_line) {
  int line_of_tab = 0;
  for (const FileLine& line : filled_lines(text)) {
    const auto number = static_cast<int>(line.number);
    if (number > error_line) break;
    if (is_indented_with_a_tab(line.text)) {
      line_of_tab = number;
    } else if (number < error_line) {
      line_of_tab = 0;
    }
  }
  return line_of_tab;
}

// A database or a picture would be read as an empty file, and broken letters come back as names.
void refuse_other_bytes(std::string_view text, const std::string& source) {
  for (const FileLine& line : filled_lines(text)) {
    const bool is_text = line.text.find('\0') == std::string_view::npos;
    if (is_text && is_valid_utf8(line.text)) continue;
    throw InputError(fmt::format(
        "{}:{}: the line is {}", source, line.number,
        is_text ? "not UTF-8; save the file as UTF-8" : "no text; expected a YAML file"));
  }
}

[[noreturn]] void fail_syntax(std::string_view text, const std::string& source,
                              const YAML::Exception& error) {
  constexpr const char* kTab =
      "is indented with a tab, which YAML does not allow; indent with spaces";
  const Position where{source, error.mark.line + 1, error.mark.column + 1};
  const int line = line_of_tab(text, where.line);
  if (line == where.line) {
    throw InputError(
        fmt::format("{}:{}: the line {} (YAML syntax: {})", source, line, kTab, error.msg));
  }
  throw InputError(fmt::format("{}: YAML syntax: {}{}", where.text(), error.msg,
                               line > 0 ? fmt::format("; line {} {}", line, kTab) : ""));
}

}  // namespace

YamlNode parse_yaml(std::string_view text, const std::string& source, Problems& problems) {
  refuse_other_bytes(text, source);
  std::istringstream stream{std::string(text)};
  TreeBuilder builder(source, problems);
  try {
    YAML::Parser parser(stream);
    if (!parser.HandleNextDocument(builder)) throw InputError(source + ": the file is empty");
    YamlNode root = builder.take_root();
    Problems ignored;
    TreeBuilder rest(source, ignored);
    if (parser.HandleNextDocument(rest)) {
      problems.add(rest.take_root().where, "a second document; a file holds one experiment");
    }
    return root;
  } catch (const YAML::Exception& error) {
    fail_syntax(text, source, error);
  }
}

YamlNode parse_yaml_file(const std::filesystem::path& file, Problems& problems) {
  if (std::filesystem::is_directory(file)) {
    throw InputError(fmt::format("{}: is a folder, not a YAML file", file.string()));
  }
  std::ifstream stream(file, std::ios::binary);
  if (!stream) {
    throw InputError(
        fmt::format("{}: cannot read the file: {}", file.string(), std::strerror(errno)));
  }
  std::ostringstream text;
  text << stream.rdbuf();
  return parse_yaml(text.str(), file.string(), problems);
}

}  // namespace skipbench
