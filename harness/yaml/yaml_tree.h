#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace skipbench {

/// A place in a file, or an override on the command line.
struct Position {
  std::string source;  // the file's name, or "--set key=value"
  int line = 0;        // from 1; 0: the source has no lines
  int column = 0;      // from 1

  /// "file:line:column".
  std::string text() const;
};

/// Collects what is wrong with an input, so that all of it is told in one go.
class Problems {
 public:
  void add(const Position& where, std::string_view message) { add(where, message, false); }
  /// What may explain others, like a misspelt key: told before them.
  void add_cause(const Position& where, std::string_view message) { add(where, message, true); }
  bool empty() const { return found_.empty(); }
  /// Throws InputError with one line a problem: causes, then the others, each in order of position;
  /// does nothing when there are none.
  void throw_if_any() const;

 private:
  struct Problem {
    Position where;
    std::string message;
    bool cause;
  };
  void add(const Position& where, std::string_view message, bool cause);
  std::vector<Problem> found_;
};

/// A node of a YAML document with its place. Keys of maps are plain text.
struct YamlNode {
  enum class Kind { kNull, kScalar, kSequence, kMap };
  struct Entry;

  Kind kind = Kind::kNull;
  Position where;
  std::string text;     // of a scalar
  bool quoted = false;  // a scalar in quotes is text, whatever it looks like
  std::vector<YamlNode> items;
  std::vector<Entry> entries;

  bool is_map() const { return kind == Kind::kMap; }
  bool is_sequence() const { return kind == Kind::kSequence; }
  bool is_scalar() const { return kind == Kind::kScalar; }
  bool is_null() const { return kind == Kind::kNull; }

  /// The value of a key, or null when the map has no such key.
  const YamlNode* find(std::string_view key) const;
  YamlNode* find(std::string_view key);
  /// Where the part of this node at a path like "stages[2].budget" stands; the nearest enclosing
  /// part that exists. For a key the position of the key itself.
  Position locate(std::string_view path) const;
};

struct YamlNode::Entry {
  std::string key;
  Position key_where;
  YamlNode value;
};

/// Parses one YAML document. Duplicate keys, merges, anchors, aliases and tags are added to
/// `problems`. Throws InputError for a syntax error (the rest of the text cannot be trusted then).
YamlNode parse_yaml(std::string_view text, const std::string& source, Problems& problems);

/// parse_yaml() of a file. Throws InputError when it cannot be read.
YamlNode parse_yaml_file(const std::filesystem::path& file, Problems& problems);

/// "a map", "a list", "text" ...: what the node is, for messages.
std::string_view kind_name(const YamlNode& node);

}  // namespace skipbench
