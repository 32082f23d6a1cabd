#include "harness/trace/trace.h"

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>
#include <fmt/format.h>

#include "harness/calibrate/artefact_cache.h"
#include "harness/calibrate/artefact_hash.h"
#include "harness/calibrate/calibration_texts.h"
#include "harness/checkpoint/checkpoint.h"
#include "harness/experiment/calibration_source.h"
#include "harness/machine/device.h"
#include "harness/machine/dtype.h"
#include "harness/measure/profiled.h"
#include "harness/reply/reply.h"
#include "harness/text/chat_template.h"
#include "harness/trace/highlight_ranges.h"
#include "kernels/base/error.h"
#include "kernels/model/decoder.h"
#include "methods/interface/method.h"
#include "methods/interface/registry.h"

namespace skipbench {
namespace {

constexpr int64_t kTopTokens = 5;

// From the tokenizer alone: nothing that the prompt shows needs the weights.
Prompt prompt_of(const TraceRequest& request, const Checkpoint& checkpoint) {
  if (!request.prompt_tokens.empty()) {
    Prompt prompt;
    prompt.tokens = request.prompt_tokens;
    prompt.content_end = prompt.length();
    return prompt;
  }
  if (!checkpoint.tokenizer) {
    throw InputError(checkpoint.info.name + " has no tokenizer: give --prompt-tokens");
  }
  const ChatTemplate chat = request.chat ? checkpoint.chat : ChatTemplate::kNone;
  return build_prompt(*checkpoint.tokenizer, chat, request.prompt_text, "");
}

void check_length(const Prompt& prompt, int64_t new_tokens, const ModelConfig& config,
                  const std::string& model) {
  if (prompt.length() + new_tokens <= config.context) return;
  throw InputError(
      fmt::format("a prompt of {} tokens and {} new ones do not fit the context of {} ({} tokens)",
                  prompt.length(), new_tokens, model, config.context));
}

void check_highlights(const TraceRequest& request, const Prompt& prompt,
                      const Tokenizer* tokenizer) {
  if (request.highlights.empty()) return;
  const std::vector<std::string> pieces = token_pieces(prompt.tokens, tokenizer);
  for (const std::string& needle : request.highlights) highlight_ranges(pieces, needle);
}

std::unique_ptr<Method> ready_method(const MethodCell& cell, const CalibrationSpec& spec,
                                     const Checkpoint& checkpoint, Decoder& decoder,
                                     const ArtefactCache::Note& note) {
  const Model& model = *checkpoint.model;
  std::unique_ptr<Method> method = find_method(cell.method).make(cell.params, model.config);
  if (method->artefact_key().is_null()) return method;
  const CalibrationTexts texts =
      calibration_texts(spec, checkpoint.tokenizer.get(), checkpoint.info);
  const std::string hash =
      artefact_hash(*method, cell.method, checkpoint.info, dtype_name(model.dtype()), texts);
  ArtefactCache cache(
      decoder, texts, note, [](const std::string&) {}, [] {});
  method->use_artefact(cache.get(hash, *method, cell.method), model.device(), model.dtype());
  return method;
}

Json top_tokens(const at::Tensor& logits) {
  const c10::InferenceMode inference;
  const auto [values, ids] = at::log_softmax(logits.to(at::kCPU, at::kDouble), 0).topk(kTopTokens);
  Json top = Json::array();
  for (int64_t i = 0; i < kTopTokens; ++i) {
    top.push_back({ids[i].item<int64_t>(), values[i].item<double>()});
  }
  return top;
}

// The positions go without saying when every prompt token is there.
Json kept(int64_t count, const std::vector<int64_t>& positions, int64_t prompt_length) {
  Json json{{"kept", count}};
  if (count < prompt_length) json["indices"] = positions;
  return json;
}

Json kv_length(const LayerActivity& layer) {
  if (layer.kv_positions.size() <= 1) return layer.kv_length;
  Json lengths = Json::array();
  for (const auto& head : layer.kv_positions) lengths.push_back(head.size());
  return lengths;
}

// Which prompt tokens the cache holds: "indices", or "heads" with one list a head.
Json cached(const LayerActivity& layer, int64_t prompt_length) {
  if (layer.kv_positions.size() <= 1) {
    return kept(layer.kv_length, layer.kv_positions.at(0), prompt_length);
  }
  return {{"kept", layer.kv_length}, {"heads", layer.kv_positions}};
}

Json layers_of(const Activity& activity) {
  Json layers = Json::array();
  for (const LayerActivity& layer : activity.layers) {
    layers.push_back(
        {{"layer", layers.size()},
         {"attention",
          kept(layer.attention_updated, layer.attention_positions, activity.prompt_length)},
         {"ffn", kept(layer.ffn_updated, layer.ffn_positions, activity.prompt_length)},
         {"alive_after", layer.alive_after},
         {"alive", kept(layer.alive_after, layer.alive_positions, activity.prompt_length)},
         {"kv_length", kv_length(layer)},
         {"kv", cached(layer, activity.prompt_length)}});
  }
  return layers;
}

Json or_null(std::optional<double> share) {
  return share ? Json(*share) : Json(nullptr);
}

// What the method did while the reply was decoded; shares are null where no step was.
Json decode_of(const Decoder& decoder, const Sequence& sequence) {
  const Activity& activity = sequence.activity;
  return {{"steps", sequence.steps},
          {"path", activity.decode_path()},
          {"eager_reason", decoder.eager_reason(sequence)},
          {"ffn_share", or_null(activity.decode_ffn_share())},
          {"kv_share", or_null(activity.decode_kv_share())},
          {"revived_tokens", activity.revived_tokens},
          {"recalled_rows", activity.recalled_rows}};
}

// The same prefill again, so that nothing is met for the first time, on the profile's clock.
Json profile_of(Decoder& decoder, const Prompt& prompt, const TokenPolicy& policy) {
  const ProfiledStep prefill =
      run_profiled(decoder.model().device(), [&] { decoder.prefill(prompt, policy); });
  Json result{{"prefill_ms", prefill.total_ms}, {"operations", Json::array()}};
  for (const Profile::Entry& entry : prefill.operations) {
    result["operations"].push_back({{"layer", entry.layer < 0 ? Json(nullptr) : Json(entry.layer)},
                                    {"group", op_group_name(entry.group)},
                                    {"ms", entry.milliseconds},
                                    {"count", entry.operations}});
  }
  return result;
}

std::vector<int32_t> reply_of(Decoder& decoder, Sequence& sequence, const GenerationRules& rules) {
  if (rules.max_new_tokens == 0) return {};
  std::vector<int32_t> tokens{first_token(sequence.logits, rules)};
  decode_to_end(decoder, sequence, rules, tokens);
  return tokens;
}

}  // namespace

Json trace_prompt(const TraceRequest& request, const ArtefactCache::Note& note) {
  const at::Device device = choose_device(request.model.device);
  const at::ScalarType dtype = choose_dtype(request.model.dtype, device);
  const Checkpoint text_side = load_text_side(request.model.checkpoint);
  const CheckpointInfo& info = text_side.info;
  const MethodCell cell = resolve_method(request.method, info.config);
  find_method(cell.method).make(cell.params, info.config);  // refuses before the load
  const Prompt prompt = prompt_of(request, text_side);
  check_length(prompt, request.max_new_tokens, info.config, info.name);
  check_highlights(request, prompt, text_side.tokenizer.get());
  const CalibrationSpec texts = with_source(request.texts, "");
  const Checkpoint checkpoint = load_checkpoint(request.model.checkpoint, device, dtype);
  Decoder decoder(*checkpoint.model);
  const std::unique_ptr<Method> method = ready_method(cell, texts, checkpoint, decoder, note);

  Job job{prompt, {.max_new_tokens = request.max_new_tokens}, {}};
  if (checkpoint.tokenizer) job.rules.end_tokens = checkpoint.tokenizer->end_tokens();
  PrefillOptions options = prefill_options(job);
  options.record_positions = true;
  Sequence sequence = decoder.prefill(prompt, *method, options);
  Json trace{{"prompt_tokens", prompt.tokens},
             {"first_token_top", top_tokens(sequence.logits)},
             {"method", cell.params},
             {"flops",
              {{"full", full_prefill_flops(info.config, prompt.length())},
               {"method", sequence.work.total()}}},
             {"layers", layers_of(sequence.activity)}};
  trace["method"]["method"] = cell.method;
  const std::vector<int32_t> generated = reply_of(decoder, sequence, job.rules);
  trace["generated_tokens"] = generated;
  trace["decode"] = decode_of(decoder, sequence);
  if (request.profile) trace["profile"] = profile_of(decoder, prompt, *method);
  trace["text"] = checkpoint.tokenizer ? checkpoint.tokenizer->decode(generated, true) : "";
  return trace;
}

}  // namespace skipbench
