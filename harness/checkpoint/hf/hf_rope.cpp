#include "harness/checkpoint/hf/hf_rope.h"

#include <fmt/format.h>

#include <cmath>

#include "kernels/base/suggest.h"

namespace skipbench {
namespace {

using Kind = RopeScaling::Kind;

Kind scaling_kind(const JsonFields& fields) {
  // "type" is the older name of the key; "default" says that there is no scaling.
  const std::string name =
      fields.find_text("rope_type").value_or(fields.find_text("type").value_or("default"));
  if (name == "default") return Kind::kNone;
  std::vector<std::string> known;
  for (const Kind kind : {Kind::kLinear, Kind::kDynamic, Kind::kYarn, Kind::kLlama3}) {
    known.emplace_back(rope_scaling_name(kind));
    if (name == known.back()) return kind;
  }
  fields.fail(fmt::format("RoPE scaling '{}' is not supported{}", name, suggestion(name, known)));
}

void read_yarn(const JsonFields& fields, RopeScaling& scaling) {
  scaling.beta_fast = fields.find_number("beta_fast").value_or(scaling.beta_fast);
  scaling.beta_slow = fields.find_number("beta_slow").value_or(scaling.beta_slow);
  scaling.whole_pairs = fields.find_flag("truncate").value_or(true);
  const double implied =
      yarn_attention_factor(scaling.factor, fields.find_number("mscale").value_or(0),
                            fields.find_number("mscale_all_dim").value_or(0));
  scaling.attention_factor = fields.find_number("attention_factor").value_or(implied);
}

RopeScaling read_scaling(const JsonFields& fields, int64_t positions) {
  RopeScaling scaling;
  scaling.kind = scaling_kind(fields);
  if (fields.find_number("partial_rotary_factor").value_or(1) != 1) {
    fields.fail("rotating a part of the head (partial_rotary_factor) is not supported");
  }
  if (scaling.kind == Kind::kNone) return scaling;
  scaling.original_context =
      fields.find_integer("original_max_position_embeddings").value_or(positions);
  const bool by_context = scaling.kind == Kind::kYarn && fields.find("factor") == nullptr;
  scaling.factor = by_context
                       ? static_cast<double>(positions) /
                             static_cast<double>(std::max<int64_t>(scaling.original_context, 1))
                       : fields.number("factor");
  if (scaling.kind == Kind::kDynamic) scaling.original_context = positions;
  if (scaling.kind == Kind::kYarn) read_yarn(fields, scaling);
  if (scaling.kind == Kind::kLlama3) {
    scaling.low_frequency = fields.number("low_freq_factor");
    scaling.high_frequency = fields.number("high_freq_factor");
  }
  return scaling;
}

/// Tokens that the scaling reaches, given those without it.
int64_t scaled_context(const RopeScaling& scaling, int64_t positions) {
  if (scaling.kind == Kind::kNone || scaling.kind == Kind::kLlama3) return positions;
  const int64_t original = scaling.kind == Kind::kYarn ? scaling.original_context : positions;
  const double reach = static_cast<double>(original) * scaling.factor;
  return std::isfinite(reach) && reach < 1e15 ? std::llround(reach) : positions;
}

}  // namespace

void read_hf_rope(const JsonFields& config, ModelConfig& model) {
  const int64_t positions = config.integer("max_position_embeddings");
  model.rope_base = config.find_number("rope_theta").value_or(10000.0);
  model.context = positions;
  auto fields = config.find_object("rope_parameters");
  if (!fields) fields = config.find_object("rope_scaling");
  if (!fields) return;
  model.rope_base = fields->find_number("rope_theta").value_or(model.rope_base);
  model.rope_scaling = read_scaling(*fields, positions);
  model.context = scaled_context(model.rope_scaling, positions);
}

}  // namespace skipbench
