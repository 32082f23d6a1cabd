#include "harness/experiment/preset_scaling.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <tuple>

#include "kernels/base/error.h"

namespace skipbench {
namespace {

double ratio(int64_t of_model, int64_t of_preset) {
  return static_cast<double>(of_model) / static_cast<double>(of_preset);
}

// How far apart two sizes are, whichever is larger.
double distance(int64_t of_model, int64_t of_preset) {
  return std::abs(std::log(ratio(of_model, of_preset)));
}

bool has_any(const Preset& preset, PresetScale scale) {
  return std::any_of(preset.scales.begin(), preset.scales.end(), [&](const auto& each) {
    return each.second == scale && preset.params.contains(each.first);
  });
}

double token_ratio(const Preset& preset, const ModelConfig& config) {
  if (preset.context == 0 || config.context == 0) return 1;
  return std::min(1.0, ratio(config.context, preset.context));
}

// Shares of the prompt stay.
Json scaled_tokens(const Json& value, double factor) {
  if (value.is_array()) {
    Json list = Json::array();
    for (const Json& item : value) list.push_back(scaled_tokens(item, factor));
    return list;
  }
  if (!value.is_number_integer() || value == 0) return value;
  return std::max<int64_t>(1, std::llround(value.get<double>() * factor));
}

Json scaled_width(const Json& value, double factor) {
  if (factor == 1) return value;
  const auto rounded = static_cast<int64_t>(
      std::bit_ceil(static_cast<uint64_t>(std::ceil(value.get<double>() * factor))));
  return factor < 1 ? std::min(rounded, value.get<int64_t>()) : rounded;  // narrower: never more
}

class LayerScaling {
 public:
  LayerScaling(const Preset& preset, const ModelConfig& config)
      : preset_(preset), config_(config), factor_(ratio(config.layers, preset.layers)) {}

  Json one(const Json& layer) const {
    return std::min<int64_t>(config_.layers - 1, std::llround(layer.get<double>() * factor_));
  }

  Json ascending(const std::string& name, const Json& layers) const {
    const auto count = static_cast<int64_t>(layers.size());
    if (count > config_.layers) {
      throw InputError(
          fmt::format("the preset {} names {} layers in '{}', and {} has {}; give 'params' instead",
                      preset_.name, count, name, config_.name, config_.layers));
    }
    Json list = Json::array();
    int64_t lowest = 0;
    for (int64_t i = 0; i < count; ++i) {
      const int64_t highest = config_.layers - count + i;  // leaves room for those after it
      const int64_t layer = std::clamp(one(layers[i]).get<int64_t>(), lowest, highest);
      list.push_back(layer);
      lowest = layer + 1;
    }
    return list;
  }

  // The model's layers whose middle lies in one of the set's.
  Json set(const Json& layers) const {
    Json list = Json::array();
    for (int64_t layer = 0; layer < config_.layers; ++layer) {
      const auto there = static_cast<int64_t>((static_cast<double>(layer) + 0.5) / factor_);
      if (std::find(layers.begin(), layers.end(), Json(there)) != layers.end())
        list.push_back(layer);
    }
    return list;
  }

 private:
  const Preset& preset_;
  const ModelConfig& config_;
  double factor_;
};

// A layer in front of a list ("full_layers") may round up to where the list had to make room.
void keep_order(const Preset& preset, Json& params) {
  for (const auto& [list, scale] : preset.scales) {
    if (scale != PresetScale::kLayer || !params.contains(list) || !params[list].is_array())
      continue;
    for (const auto& [single, other] : preset.scales) {
      if (other != PresetScale::kLayer || !params.contains(single)) continue;
      if (params[single].is_array() || preset.params[single] > preset.params[list].front())
        continue;
      params[single] = std::min(params[single], params[list].front());
    }
  }
}

}  // namespace

const Preset* nearest_preset(std::span<const Preset> presets, const ModelConfig& config) {
  const auto key = [&](const Preset& preset) {
    return std::tuple(distance(config.layers, preset.layers),
                      preset.width == 0 ? 0.0 : distance(config.width, preset.width));
  };
  const Preset* nearest = nullptr;
  for (const Preset& preset : presets) {
    if (!preset.published || preset.layers == 0 || has_any(preset, PresetScale::kShape)) continue;
    if (nearest == nullptr || key(preset) < key(*nearest)) nearest = &preset;
  }
  return nearest;
}

Preset scaled_preset(const Preset& preset, const ModelConfig& config) {
  const LayerScaling layers(preset, config);
  Preset scaled = preset;
  for (const auto& [name, scale] : preset.scales) {
    if (!preset.params.contains(name)) continue;
    const Json& given = preset.params.at(name);
    Json& value = scaled.params.at(name);
    if (scale == PresetScale::kLayer) {
      value = given.is_array() ? layers.ascending(name, given) : layers.one(given);
    } else if (scale == PresetScale::kLayers) {
      value = layers.set(given);
    } else if (scale == PresetScale::kTokens) {
      value = scaled_tokens(given, token_ratio(preset, config));
    } else if (scale == PresetScale::kWidth && preset.width > 0) {
      value = scaled_width(given, ratio(config.width, preset.width));
    }
  }
  keep_order(preset, scaled.params);
  return scaled;
}

std::string scaling_note(const Preset& preset, const ModelConfig& config) {
  std::string note = fmt::format("preset scaled from {} ({} layers) to {} layers", preset.name,
                                 preset.layers, config.layers);
  const double tokens = token_ratio(preset, config);
  if (tokens < 1 && has_any(preset, PresetScale::kTokens)) {
    note += fmt::format("; token counts x {:.3g}", tokens);
  }
  return note;
}

}  // namespace skipbench
