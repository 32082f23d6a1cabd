#include "harness/checkpoint/gguf/gguf_rope.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "kernels/base/suggest.h"

namespace skipbench {
namespace {

using Kind = RopeScaling::Kind;

constexpr const char* kDivisorTensor = "rope_freqs.weight";

Kind scaling_kind(const GgufFile& file, const std::string& key) {
  const std::string name(file.find_text(key).value_or("none"));
  const std::vector<std::string> known = {"none", "linear", "yarn"};
  if (name == "none") return Kind::kNone;
  if (name == "linear") return Kind::kLinear;
  if (name == "yarn") return Kind::kYarn;
  file.fail(fmt::format("key '{}': RoPE scaling '{}' is not supported{}", key, name,
                        suggestion(name, known)));
}

std::vector<float> read_divisors(const GgufFile& file, int64_t head_size) {
  const GgufTensor& tensor = file.tensor(kDivisorTensor, {head_size / 2});
  if (tensor.type->type != GgufTensorType::kF32) {
    file.fail(fmt::format("tensor '{}' is stored as {}, expected F32", kDivisorTensor,
                          tensor.type->name));
  }
  std::vector<float> divisors(static_cast<size_t>(head_size / 2));
  std::memcpy(divisors.data(), tensor.data.data(), divisors.size() * sizeof(float));
  return divisors;
}

int64_t reach(int64_t context, double factor) {
  const double tokens = static_cast<double>(context) * factor;
  return std::isfinite(tokens) && tokens < 1e12 ? std::llround(tokens) : context;
}

}  // namespace

void read_gguf_rope(const GgufFile& file, const std::string& architecture, ModelConfig& config) {
  const auto key = [&](const char* name) { return fmt::format("{}.rope.{}", architecture, name); };
  const auto number = [&](const char* name, double otherwise) {
    return file.find_number(key(name)).value_or(otherwise);
  };
  config.rope_base = number("freq_base", 10000.0);
  config.context = file.integer(fmt::format("{}.context_length", architecture));
  RopeScaling& scaling = config.rope_scaling;
  scaling.kind = scaling_kind(file, key("scaling.type"));
  // Files that are older than the type have a factor alone, and that is linear.
  const double older = number("scale_linear", 1.0);
  scaling.factor = number("scaling.factor", older);
  if (scaling.kind == Kind::kNone && scaling.factor != 1.0) scaling.kind = Kind::kLinear;

  if (file.find_tensor(kDivisorTensor) != nullptr) {
    if (scaling.kind != Kind::kNone) {
      file.fail(fmt::format("tensor '{}' beside RoPE scaling '{}' is not supported", kDivisorTensor,
                            rope_scaling_name(scaling.kind)));
    }
    scaling.kind = Kind::kDivisors;
    scaling.divisors = read_divisors(file, config.head_size);
  }
  if (scaling.kind == Kind::kLinear) config.context = reach(config.context, scaling.factor);
  if (scaling.kind != Kind::kYarn) return;

  if (number("scaling.yarn_log_multiplier", 0) != 0) {
    file.fail(fmt::format("key '{}' is not supported", key("scaling.yarn_log_multiplier")));
  }
  scaling.original_context =
      file.find_integer(key("scaling.original_context_length")).value_or(config.context);
  scaling.beta_fast = number("scaling.yarn_beta_fast", scaling.beta_fast);
  scaling.beta_slow = number("scaling.yarn_beta_slow", scaling.beta_slow);
  scaling.attention_factor =
      number("scaling.attn_factor", 1.0) * yarn_attention_factor(scaling.factor, 0, 0);
  config.context = reach(scaling.original_context, scaling.factor);
}

}  // namespace skipbench
