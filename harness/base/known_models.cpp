#include "harness/base/known_models.h"

#include "harness/base/embedded_text.h"
#include "harness/base/folders.h"
#include "harness/base/parse_json.h"

namespace skipbench {

/// The .json files of scripts/, of which there is one (embed_texts.cmake).
std::span<const EmbeddedText> embedded_model_table();

std::vector<KnownModel> known_models() {
  const std::filesystem::path folder = cache_folder() / "models";
  std::vector<KnownModel> models;
  for (const Json& row : parse_json(embedded_model_table().front().text, "scripts/models.json")) {
    models.push_back({.name = row.at("name"), .file = folder / row.at("file").get<std::string>()});
  }
  return models;
}

}  // namespace skipbench
