#include "harness/report/claims/claim_spec.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/base/folders.h"
#include "harness/yaml/yaml_values.h"
#include "kernels/base/error.h"

namespace skipbench {
namespace {

/// One file of claims while it is read.
class ClaimsReader {
 public:
  ClaimsReader(const std::filesystem::path& file, Problems& problems)
      : file_(file), problems_(problems) {}

  ClaimsSpec read(const YamlNode& root) {
    MapReader map(root, "claims", problems_);
    const std::string published = required_text(map, "published");
    if (!published.empty()) published_ = load_published(file_.parent_path() / published);
    ClaimsSpec spec{published_.source, published_.setup, {}};
    if (const YamlNode* list = required_list(map, "claims")) {
      for (const YamlNode& node : list->items) add(node, spec.claims);
    }
    map.finish();
    return spec;
  }

 private:
  std::string required_text(MapReader& map, std::string_view key) {
    const YamlNode* node = map.require(key);
    return node ? scalar_text(*node, key, problems_) : "";
  }

  const YamlNode* required_list(MapReader& map, std::string_view key) {
    const YamlNode* node = map.require(key);
    if (!node || (node->is_sequence() && !node->items.empty())) return node;
    problems_.add(node->where, fmt::format("'{}' must be a list that is not empty", key));
    return nullptr;
  }

  std::vector<std::string> words(const YamlNode* node, std::string_view key) {
    if (!node) return {};
    std::vector<std::string> list = scalar_texts(*node, key, problems_);
    if (list.empty()) {
      problems_.add(node->where, fmt::format("'{}' is an empty list; name at least one", key));
    }
    return list;
  }

  std::vector<Condition> conditions(const YamlNode* node) {
    if (!node) return {};
    try {
      return parse_conditions(scalar_text(*node, "holds", problems_));
    } catch (const InputError& error) {
      problems_.add(node->where, error.what());
    }
    return {};
  }

  void add_published(const YamlNode& node, ClaimSpec& claim) {
    MapReader map(node, "a published figure", problems_);
    const std::string model = required_text(map, "model"), row = required_text(map, "row"),
                      column = required_text(map, "column");
    map.finish();
    if (const PublishedFigure* figure = published_.find(model, row, column)) {
      claim.published.push_back(*figure);
    } else if (!published_.source.empty()) {
      problems_.add(node.where, fmt::format("{} reports no figure for {}, {}, {}; add it to the "
                                            "file of its published figures",
                                            published_.source, model, row, column));
    }
  }

  void add(const YamlNode& node, std::vector<ClaimSpec>& claims) {
    MapReader map(node, "a claim", problems_);
    ClaimSpec claim;
    claim.id = required_text(map, "id");
    const auto is_same = [&claim](const ClaimSpec& other) { return other.id == claim.id; };
    if (std::any_of(claims.begin(), claims.end(), is_same)) {
      problems_.add(node.where, fmt::format("a second claim '{}'; give it another id", claim.id));
    }
    claim.sentence = required_text(map, "claim");
    claim.where = required_text(map, "where");
    claim.labels = words(map.require("label"), "label");
    claim.against = words(map.find("against"), "against");
    claim.models = words(map.find("models"), "models");
    claim.tasks = words(map.find("tasks"), "tasks");
    claim.holds = conditions(map.require("holds"));
    if (const YamlNode* list = required_list(map, "published")) {
      for (const YamlNode& figure : list->items) add_published(figure, claim);
    }
    if (map.node().is_map() && node.find("verdict")) {
      map.find("verdict");
      problems_.add(node.locate("verdict"),
                    "'verdict' cannot be given: it follows from what is measured");
    }
    map.finish();
    claims.push_back(std::move(claim));
  }

  const std::filesystem::path& file_;
  Problems& problems_;
  PublishedFigures published_;
};

}  // namespace

ClaimsSpec load_claims(const std::filesystem::path& file) {
  Problems problems;
  const YamlNode root = parse_yaml_file(file, problems);
  ClaimsSpec spec = ClaimsReader(file, problems).read(root);
  problems.throw_if_any();
  return spec;
}

std::vector<std::filesystem::path> claims_files(const std::string& word) {
  if (word != "all") return {shipped_file(word)};
  const std::filesystem::path folder = home_folder() / "experiments/claims";
  std::vector<std::filesystem::path> files;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(folder, none)) {
    if (entry.path().extension() == ".yaml") files.push_back(entry.path());
  }
  if (files.empty()) throw InputError(fmt::format("{}: holds no claims", folder.string()));
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace skipbench
