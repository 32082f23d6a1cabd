#include "harness/checkpoint/checkpoint.h"

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "harness/base/known_models.h"
#include "harness/checkpoint/checkpoint_names.h"
#include "harness/checkpoint/gguf_checkpoint.h"
#include "harness/checkpoint/hf_config.h"
#include "harness/checkpoint/model_source.h"
#include "harness/checkpoint/random_checkpoint.h"
#include "kernels/base/error.h"
#include "kernels/base/suggest.h"

namespace skipbench {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kRandom = "random:";
constexpr uint64_t kRandomSeed = 0;

bool is_random(const std::string& where) {
  return where.starts_with(kRandom);
}

std::string random_shape(const std::string& where) {
  return where.substr(kRandom.size());
}

[[noreturn]] void fail_unknown(const std::string& where) {
  if (where.ends_with(".gguf")) throw InputError(fmt::format("no such checkpoint: '{}'", where));
  if (where.find('/') != where.npos) {
    throw InputError(
        fmt::format("no such checkpoint: '{0}'; put the model's Hugging Face folder (config.json, "
                    "*.safetensors, "
                    "tokenizer.json) there: hf download ORGANISATION/{1} --local-dir {0}",
                    where, fs::path(where).filename().string()));
  }
  throw InputError(fmt::format(
      "unknown checkpoint '{}', expected a .gguf file, a Hugging Face folder or a known name{}",
      where, suggestion(where, checkpoint_names())));
}

/// A checkpoint's files and the name that tables show for it.
struct Located {
  std::string name;
  fs::path path;
};

/// The folder's own name; in Hugging Face's cache (models--ORGANISATION--NAME/snapshots/REVISION)
/// the model's.
std::string folder_name(const fs::path& folder) {
  const std::string repository = folder.parent_path().parent_path().filename().string();
  const bool cached = folder.parent_path().filename() == "snapshots";
  if (!cached || !repository.starts_with("models--")) return folder.filename().string();
  return repository.substr(repository.rfind("--") + 2);
}

Located locate(const std::string& where) {
  for (const KnownModel& known : known_models()) {
    if (where != known.name) continue;
    if (fs::exists(known.file)) return {where, known.file};
    throw InputError(
        fmt::format("checkpoint '{0}' is not in '{1}' yet; run scripts/fetch_model {0}", where,
                    known.file.string()));
  }
  if (!fs::exists(where)) fail_unknown(where);
  if (!fs::is_directory(where)) return {fs::path(where).stem().string(), where};
  const fs::path folder = fs::canonical(where);
  return {folder_name(folder), folder};
}

/// What the files say about themselves, refusing what could not be run later.
CheckpointInfo describe(const Located& located, const ModelSource& source) {
  CheckpointInfo info{.name = located.name, .file = located.path, .config = {}, .hash = ""};
  info.config = source.config();
  info.config.name = located.name;
  info.hash = source.hash();
  return info;
}

CheckpointInfo describe_random(const std::string& where) {
  const ModelConfig config = random_config(random_shape(where));
  return {config.name, {}, config, random_hash(config, kRandomSeed), true};
}

/// The text side's description; errors name the files.
struct TextSide {
  TokenizerSpec spec;
  ChatTemplate chat;
};
std::optional<TextSide> read_text_side(const ModelSource& source, const ModelConfig& config) {
  auto spec = source.tokenizer_spec();
  if (!spec) return std::nullopt;
  const auto tokens = static_cast<int64_t>(spec->tokens.size());
  if (tokens > config.vocabulary) {
    source.fail(fmt::format("the tokenizer has {} tokens, the embedding only {} rows", tokens,
                            config.vocabulary));
  }
  ChatTemplate chat = ChatTemplate::kNone;
  try {
    chat = recognise_chat_template(spec->chat_template);
  } catch (const InputError& error) {
    source.fail(error.what());
  }
  return TextSide{std::move(*spec), chat};
}

void add_text_side(Checkpoint& checkpoint, const ModelSource& source) {
  std::optional<TextSide> text = read_text_side(source, checkpoint.info.config);
  if (!text) return;
  checkpoint.chat = text->chat;
  try {
    checkpoint.tokenizer = std::make_shared<const Tokenizer>(std::move(text->spec));
  } catch (const InputError& error) {
    source.fail(error.what());
  }
}

}  // namespace

std::vector<std::string> checkpoint_kinds() {
  std::vector<std::string> lines = {
      fmt::format(".gguf file: {}", fmt::join(gguf_architectures(), ", ")),
      fmt::format("Hugging Face folder: {}", fmt::join(hf_model_types(), ", ")),
  };
  for (const KnownModel& known : known_models()) {
    lines.push_back(fs::exists(known.file)
                        ? fmt::format("{} (fetched)", known.name)
                        : fmt::format("{0} (not here yet: scripts/fetch_model {0})", known.name));
  }
  lines.push_back(fmt::format("random: {}", fmt::join(random_shapes(), ", ")));
  return lines;
}

std::vector<std::string> checkpoint_names() {
  std::vector<std::string> names;
  for (const KnownModel& known : known_models()) names.push_back(known.name);
  for (const auto& shape : random_shapes()) names.push_back(fmt::format("{}{}", kRandom, shape));
  return names;
}

CheckpointInfo inspect_checkpoint(const std::string& where) {
  if (is_random(where)) return describe_random(where);
  const Located located = locate(where);
  const auto source = open_model_source(located.path);
  CheckpointInfo info = describe(located, *source);
  read_text_side(*source, info.config);
  return info;
}

Checkpoint load_text_side(const std::string& where) {
  Checkpoint checkpoint;
  if (is_random(where)) {
    checkpoint.info = describe_random(where);
    return checkpoint;
  }
  const Located located = locate(where);
  const auto source = open_model_source(located.path);
  checkpoint.info = describe(located, *source);
  add_text_side(checkpoint, *source);
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
  const auto source = open_model_source(located.path);
  checkpoint.info = describe(located, *source);
  add_text_side(checkpoint, *source);
  checkpoint.model = std::make_unique<Model>();
  Model& model = *checkpoint.model;
  model.config = checkpoint.info.config;
  model.weights = source->load(model.config, device, dtype);
  model.hash = checkpoint.info.hash;
  check_shapes(model);
  return checkpoint;
}

}  // namespace skipbench
