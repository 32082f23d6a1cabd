#include "harness/checkpoint/checkpoint.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "harness/base/folders.h"
#include "harness/checkpoint/file_hash.h"
#include "harness/checkpoint/gguf_checkpoint.h"
#include "harness/checkpoint/gguf_text.h"
#include "harness/checkpoint/random_checkpoint.h"
#include "kernels/base/error.h"
#include "kernels/base/suggest.h"

namespace skipbench {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kRandom = "random:";
constexpr uint64_t kRandomSeed = 0;

/// Checkpoints known by name: where scripts/fetch_model puts them, under the cache's models/.
struct KnownCheckpoint {
  std::string_view name, file;
};
constexpr KnownCheckpoint kKnown[] = {{"smollm2-135m", "SmolLM2-135M-Instruct.Q4_1.gguf"}};

bool is_random(const std::string& where) {
  return where.starts_with(kRandom);
}

std::string random_shape(const std::string& where) {
  return where.substr(kRandom.size());
}

[[noreturn]] void fail_unknown(const std::string& where) {
  const bool looks_like_path = where.find('/') != where.npos || where.ends_with(".gguf");
  if (looks_like_path) throw InputError(fmt::format("no such checkpoint file: '{}'", where));
  std::vector<std::string> names;
  for (const auto& known : kKnown) names.emplace_back(known.name);
  for (const auto& shape : random_shapes()) names.push_back(fmt::format("{}{}", kRandom, shape));
  throw InputError(fmt::format("unknown checkpoint '{}', expected a .gguf file or a known name{}",
                               where, suggestion(where, names)));
}

/// A GGUF file and the name that tables show for it.
struct Located {
  std::string name;
  fs::path file;
};

Located locate(const std::string& where) {
  for (const auto& known : kKnown) {
    if (where != known.name) continue;
    const fs::path file = cache_folder() / "models" / known.file;
    if (fs::exists(file)) return {where, file};
    throw InputError(fmt::format("checkpoint '{}' is not in '{}' yet; run scripts/fetch_model",
                                 where, file.string()));
  }
  if (!fs::exists(where)) fail_unknown(where);
  return {fs::path(where).stem().string(), where};
}

/// What the file says about itself, refusing what could not be run later.
CheckpointInfo describe(const Located& located, const GgufFile& file) {
  CheckpointInfo info{.name = located.name, .file = located.file, .config = {}, .hash = ""};
  info.config = gguf_model_config(file);
  info.config.name = located.name;
  info.hash = cached_file_hash(located.file);
  return info;
}

CheckpointInfo describe_random(const std::string& where) {
  const ModelConfig config = random_config(random_shape(where));
  return {config.name, {}, config, random_hash(config, kRandomSeed), true};
}

/// The text side's description; errors name the file.
struct TextSide {
  TokenizerSpec spec;
  ChatTemplate chat;
};
TextSide read_text_side(const GgufFile& file, const ModelConfig& config) {
  TextSide text{gguf_tokenizer_spec(file), ChatTemplate::kNone};
  if (static_cast<int64_t>(text.spec.tokens.size()) > config.vocabulary) {
    file.fail(fmt::format("the tokenizer has {} tokens, the embedding only {} rows",
                          text.spec.tokens.size(), config.vocabulary));
  }
  try {
    text.chat = recognise_chat_template(text.spec.chat_template);
  } catch (const InputError& error) {
    file.fail(error.what());
  }
  return text;
}

void add_text_side(Checkpoint& checkpoint, const GgufFile& file) {
  TextSide text = read_text_side(file, checkpoint.info.config);
  checkpoint.chat = text.chat;
  try {
    checkpoint.tokenizer = std::make_shared<const Tokenizer>(std::move(text.spec));
  } catch (const InputError& error) {
    file.fail(error.what());
  }
}

}  // namespace

CheckpointInfo inspect_checkpoint(const std::string& where) {
  if (is_random(where)) return describe_random(where);
  const Located located = locate(where);
  const GgufFile file(located.file);
  CheckpointInfo info = describe(located, file);
  read_text_side(file, info.config);
  return info;
}

Checkpoint load_text_side(const std::string& where) {
  Checkpoint checkpoint;
  if (is_random(where)) {
    checkpoint.info = describe_random(where);
    return checkpoint;
  }
  const Located located = locate(where);
  const GgufFile file(located.file);
  checkpoint.info = describe(located, file);
  add_text_side(checkpoint, file);
  return checkpoint;
}

Checkpoint load_checkpoint(const std::string& where, at::Device device, at::ScalarType dtype) {
  Checkpoint checkpoint;
  if (is_random(where)) {
    checkpoint.info = describe_random(where);
    checkpoint.model =
        std::make_unique<Model>(random_model(checkpoint.info.config, device, dtype, kRandomSeed));
    return checkpoint;
  }
  const Located located = locate(where);
  const GgufFile file(located.file);
  checkpoint.info = describe(located, file);
  add_text_side(checkpoint, file);
  checkpoint.model = std::make_unique<Model>();
  Model& model = *checkpoint.model;
  model.config = checkpoint.info.config;
  model.weights = load_gguf_weights(file, model.config, device, dtype);
  model.hash = checkpoint.info.hash;
  check_shapes(model);
  return checkpoint;
}

}  // namespace skipbench
