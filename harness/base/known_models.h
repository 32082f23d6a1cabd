#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace skipbench {

/// A model that experiments know by name and scripts/fetch_model fetches.
struct KnownModel {
  std::string name;
  std::filesystem::path file;  // where it lies once it is fetched, below cache_folder()
};

/// Those of scripts/models.json, which the program carries, in its order.
std::vector<KnownModel> known_models();

}  // namespace skipbench
