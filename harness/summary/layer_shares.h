#pragma once

#include <vector>

namespace skipbench {

class Database;
struct StoredCell;

/// What one layer worked on, as shares of the prompt's tokens: how many attention and the FFN
/// updated, how many left the layer alive, how many rows its KV cache holds.
struct LayerShares {
  double attention = 0, ffn = 0, alive = 0, kv = 0;
};

/// Of every layer the mean over the cell's current rows that ended well; empty without such rows,
/// or where they differ in their number of layers.
std::vector<LayerShares> load_layer_shares(Database& database, const StoredCell& cell);

}  // namespace skipbench
