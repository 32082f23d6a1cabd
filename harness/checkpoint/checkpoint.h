#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "kernels/model/weights.h"

namespace skipbench {

class Tokenizer;                // text/tokenizer.h
enum class ChatTemplate : int;  // text/chat_template.h

/// What is known of a checkpoint without loading its weights: cheap, for planning and --dry-run.
struct CheckpointInfo {
  std::string name;            // as shown in tables
  std::filesystem::path file;  // or folder; empty for random weights
  ModelConfig config;
  std::string hash;  // of the files (SHA-256, cached beside them), or of shape and seed
  bool random_weights = false;
  std::string format = "random";  // what reads it: <format>_checkpoint.cpp, <format>_text.cpp
};

/// A model with the text side that belongs to it. Random checkpoints have no tokenizer, nor have
/// folders with weights alone.
struct Checkpoint {
  CheckpointInfo info;
  std::unique_ptr<Model> model;                // owned here so that Decoder may refer to it
  std::shared_ptr<const Tokenizer> tokenizer;  // may be null
  ChatTemplate chat{};                         // ChatTemplate::kNone
};

/// `where`: a .gguf file, a Hugging Face model folder (config.json, *.safetensors, tokenizer.json),
/// a known name (scripts/models.json), or "random:<shape>". Throws InputError: no such file (and
/// how to fetch it), unknown name with the nearest one, truncated or foreign file, unsupported
/// architecture, quantisation or tokenizer.
CheckpointInfo inspect_checkpoint(const std::string& where);
Checkpoint load_checkpoint(const std::string& where, at::Device device, at::ScalarType dtype);
/// The tokenizer and chat template alone.
Checkpoint load_text_side(const std::string& where);

/// Lines that say what `where` may be: formats with their families, known names and whether they
/// are fetched, random shapes.
std::vector<std::string> checkpoint_kinds();

/// The shapes that "random:<shape>" knows.
std::vector<std::string> random_shapes();

}  // namespace skipbench
