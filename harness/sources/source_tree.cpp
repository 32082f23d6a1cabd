#include "harness/sources/source_tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>

#include "harness/base/mapped_file.h"
#include "harness/base/sha256.h"
#include "harness/sources/row_code.h"
#include "harness/sources/source_text.h"
#include "kernels/base/error.h"

namespace skipbench {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSourceEndings[] = {".h", ".cpp", ".cu", ".cuh"};
constexpr std::string_view kFloors[] = {"kernels", "methods", "harness"};

bool is_source(const fs::path& file) {
  return std::find(std::begin(kSourceEndings), std::end(kSourceEndings), file.extension()) !=
         std::end(kSourceEndings);
}

bool lies_in(std::string_view file, std::string_view folder) {
  return file.starts_with(folder) && file.substr(folder.size()).starts_with('/');
}

// "methods/spts" of "methods/spts.cpp".
std::string without_ending(std::string_view file) {
  return std::string(file.substr(0, file.rfind('.')));
}

// What rows may come from: its path without ending, or nothing.
std::optional<std::string> root_of(std::string_view file) {
  if (!file.ends_with(".cpp") && !file.ends_with(".h")) return std::nullopt;
  const std::string path = without_ending(file);
  const bool named = path == kMeasuring || path == kPrompting || path == kCalibrating;
  const bool listed = lies_in(file, kMethodFolder) || lies_in(file, kTaskFolder) ||
                      lies_in(file, kCheckpointFolder);
  return named || listed ? std::optional(path) : std::nullopt;
}

// "harness/tasks/longbench" of "harness/tasks/longbench/longbench": the file that a folder is named
// after stands for it.
std::string name_of(const fs::path& root) {
  const fs::path folder = root.parent_path();
  return root.filename() == folder.filename() ? folder.string() : root.string();
}

// Files, and which of them each one leads to.
class Graph {
 public:
  Graph(const SourceFiles& files, std::span<const EmbeddedFolder> texts) {
    for (const auto& [name, content] : files) add(name, content);
    for (const EmbeddedFolder& each : texts) add_texts(each);
  }

  std::string hash_of_closure(const std::string& root) const {
    std::set<std::string_view> closure;
    const std::string header = root + ".h", source = root + ".cpp";
    std::vector<std::string_view> pending{header, source};
    while (!pending.empty()) {
      const auto node = nodes_.find(pending.back());
      pending.pop_back();
      if (node == nodes_.end() || !closure.insert(node->first).second) continue;
      pending.insert(pending.end(), node->second.next.begin(), node->second.next.end());
    }
    std::string lines;
    for (const std::string_view file : closure) {
      lines += fmt::format("{} {}\n", file, nodes_.find(file)->second.hash);
    }
    return sha256_hex(lines);
  }

 private:
  struct Node {
    std::string hash;               // of what counts
    std::vector<std::string> next;  // there or not
  };

  void add(const std::string& name, const std::string& content) {
    if (!is_source(name)) {
      nodes_[name] = {sha256_hex(content), {}};
      return;
    }
    const std::string counted = counted_text(content);
    Node node{sha256_hex(counted), included_headers(counted)};
    if (name.ends_with(".h") || name.ends_with(".cuh")) {
      node.next.push_back(without_ending(name) + ".cpp");
      node.next.push_back(without_ending(name) + ".cu");
    }
    nodes_[name] = std::move(node);
  }

  void add_texts(const EmbeddedFolder& each) {
    const auto header = nodes_.find(each.header + ".h");
    if (header == nodes_.end()) return;
    for (const auto& [name, node] : nodes_) {
      if (lies_in(name, each.folder)) header->second.next.push_back(name);
    }
  }

  std::map<std::string, Node, std::less<>> nodes_;
};

void read_into(SourceFiles& files, const fs::path& root, const fs::path& folder, bool texts) {
  for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
    if (!entry.is_regular_file() || (!texts && !is_source(entry.path()))) continue;
    const MappedFile content(entry.path());
    files.emplace(fs::relative(entry.path(), root).generic_string(), content.bytes());
  }
}

}  // namespace

EmbeddedFolder embedded_folder_of(std::string_view text) {
  const size_t sign = text.find('=');
  if (sign == std::string_view::npos) {
    throw InputError(fmt::format("'{}': expected HEADER=FOLDER", text));
  }
  return {std::string(text.substr(0, sign)), std::string(text.substr(sign + 1))};
}

SourceFiles read_sources(const fs::path& root, std::span<const EmbeddedFolder> texts) {
  SourceFiles files;
  for (const std::string_view floor : kFloors) read_into(files, root, floor, false);
  for (const EmbeddedFolder& each : texts) read_into(files, root, each.folder, true);
  return files;
}

SourceTable::SourceTable(const SourceFiles& files, std::span<const EmbeddedFolder> texts) {
  const Graph graph(files, texts);
  for (const auto& [file, content] : files) {
    const auto root = root_of(file);
    if (root && !hashes_.contains(name_of(*root))) {
      hashes_[name_of(*root)] = graph.hash_of_closure(*root);
    }
  }
  for (const std::string_view folder :
       {kMethodFolder, kTaskFolder, kMetricFolder, kCheckpointFolder}) {
    std::string all;
    for (const auto& [name, hash] : hashes_) {
      if (lies_in(name, folder)) all += hash;
    }
    hashes_[std::string(folder)] = sha256_hex(all);
  }
  for (const auto& [name, hash] : hashes_) view_.push_back({name, hash});
}

}  // namespace skipbench
