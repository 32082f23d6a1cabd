#include <ATen/ATen.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>

#include "harness/base/folders.h"
#include "harness/base/known_models.h"
#include "harness/checkpoint/checkpoint.h"
#include "harness/checkpoint/checkpoint_names.h"
#include "harness/checkpoint/gguf/gguf_checkpoint.h"
#include "harness/checkpoint/gguf/gguf_text.h"
#include "harness/checkpoint/hf/hf_checkpoint.h"
#include "harness/checkpoint/hf/hf_config.h"
#include "harness/checkpoint/hf/hf_text.h"
#include "harness/checkpoint/random/random_checkpoint.h"
#include "harness/text/chat_template.h"
#include "harness/text/tokenizer.h"
#include "kernels/base/error.h"
#include "kernels/base/suggest.h"

namespace skipbench {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kRandom = "random:";
constexpr uint64_t kRandomSeed = 0;

/// A kind of files that a model comes in.
struct Format {
  std::string_view name;  // of its sources: <name>_checkpoint.cpp, <name>_text.cpp
  bool (*reads)(const fs::path& path);
  std::unique_ptr<ModelSource> (*open)(const fs::path& path);
  /// Nothing when the files hold no tokenizer.
  std::optional<TokenizerSpec> (*tokenizer_spec)(const fs::path& path);
};
constexpr Format kFormats[] = {
    {"hf", [](const fs::path& path) { return fs::is_directory(path); }, open_hf_checkpoint,
     hf_tokenizer_spec},
    {"gguf", [](const fs::path& path) { return fs::is_regular_file(path); }, open_gguf_checkpoint,
     [](const fs::path& path) { return std::optional(gguf_tokenizer_spec(GgufFile(path))); }},
};

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

/// A checkpoint's files, open, and what they say about themselves.
struct Opened {
  const Format& format;
  std::unique_ptr<ModelSource> source;
  CheckpointInfo info;
};

/// Refuses what could not be run later.
Opened open_files(const std::string& where) {
  const Located located = locate(where);
  const auto format = std::find_if(std::begin(kFormats), std::end(kFormats),
                                   [&](const Format& each) { return each.reads(located.path); });
  if (format == std::end(kFormats)) {
    throw InputError(fmt::format("'{}' is neither a file nor a folder", located.path.string()));
  }
  Opened opened{*format, format->open(located.path), {}};
  CheckpointInfo& info = opened.info;
  info.name = located.name;
  info.file = located.path;
  info.config = opened.source->config();
  info.config.name = located.name;
  info.hash = opened.source->hash();
  info.format = format->name;
  return opened;
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
std::optional<TextSide> read_text_side(const Opened& opened) {
  const ModelSource& source = *opened.source;
  const ModelConfig& config = opened.info.config;
  auto spec = opened.format.tokenizer_spec(opened.info.file);
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

void add_text_side(Checkpoint& checkpoint, const Opened& opened) {
  std::optional<TextSide> text = read_text_side(opened);
  if (!text) return;
  checkpoint.chat = text->chat;
  try {
    checkpoint.tokenizer = std::make_shared<const Tokenizer>(std::move(text->spec));
  } catch (const InputError& error) {
    opened.source->fail(error.what());
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
  Opened opened = open_files(where);
  read_text_side(opened);
  return std::move(opened.info);
}

Checkpoint load_text_side(const std::string& where) {
  Checkpoint checkpoint;
  if (is_random(where)) {
    checkpoint.info = describe_random(where);
    return checkpoint;
  }
  const Opened opened = open_files(where);
  checkpoint.info = opened.info;
  add_text_side(checkpoint, opened);
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
  const Opened opened = open_files(where);
  checkpoint.info = opened.info;
  add_text_side(checkpoint, opened);
  checkpoint.model = std::make_unique<Model>();
  Model& model = *checkpoint.model;
  model.config = checkpoint.info.config;
  model.weights = opened.source->load(model.config, device, dtype);
  model.hash = checkpoint.info.hash;
  check_shapes(model);
  return checkpoint;
}

}  // namespace skipbench
