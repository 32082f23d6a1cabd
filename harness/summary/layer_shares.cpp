#include "harness/summary/layer_shares.h"

#include "harness/store/database.h"
#include "harness/store/samples/cell_rows.h"
#include "kernels/base/json.h"

namespace skipbench {
namespace {

constexpr std::string_view kCounts = R"sql(
  SELECT s.prompt_tokens, l.counts
  FROM sample_row s JOIN layer_record l ON l.sample_row_id = s.id
  WHERE s.version_id = ? AND s.in_plan AND s.status = 'ok' AND s.prompt_tokens > 0)sql";

/// [[attention, ffn, alive, kv], ...], where a fifth number counts equal layers in a row.
std::vector<LayerShares> parse_counts(const std::string& text, double tokens) {
  std::vector<LayerShares> layers;
  const Json counts = Json::parse(text, nullptr, false);
  if (!counts.is_array()) return layers;
  for (const Json& run : counts) {
    const LayerShares shares{run.at(0).get<double>() / tokens, run.at(1).get<double>() / tokens,
                             run.at(2).get<double>() / tokens, run.at(3).get<double>() / tokens};
    layers.insert(layers.end(), run.size() > 4 ? run.at(4).get<size_t>() : 1, shares);
  }
  return layers;
}

void add(LayerShares& sum, const LayerShares& shares) {
  sum.attention += shares.attention;
  sum.ffn += shares.ffn;
  sum.alive += shares.alive;
  sum.kv += shares.kv;
}

}  // namespace

std::vector<LayerShares> load_layer_shares(Database& database, const StoredCell& cell) {
  std::vector<LayerShares> sum;
  if (!cell.version) return sum;
  double rows = 0;
  Statement& query = database.statement(kCounts).bind(*cell.version);
  while (query.step()) {
    const std::vector<LayerShares> layers = parse_counts(query.text(1), query.real(0));
    if (rows == 0) sum.resize(layers.size());
    if (layers.size() != sum.size()) {
      query.reset();
      return {};
    }
    for (size_t i = 0; i < layers.size(); ++i) add(sum[i], layers[i]);
    ++rows;
  }
  for (LayerShares& layer : sum) {
    layer = {layer.attention / rows, layer.ffn / rows, layer.alive / rows, layer.kv / rows};
  }
  return sum;
}

}  // namespace skipbench
