#include "harness/text/tokenizer_rules.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/text/normalise.h"
#include "harness/text/word_patterns.h"

namespace skipbench {
namespace {

using Rules = std::vector<JsonFields>;

/// The rule behind `key`, or those of a Sequence in their order (listed there under `list`); none
/// when the key is absent.
Rules rules_of(const JsonFields& file, const char* key, const char* list) {
  const auto rule = file.find_object(key);
  if (!rule) return {};
  if (rule->text("type") != "Sequence") return {*rule};
  const Json* parts = rule->find(list);
  if (parts == nullptr || !parts->is_array()) rule->fail(fmt::format("expected a list '{}'", list));
  Rules rules;
  for (const Json& part : *parts) rules.emplace_back(part, rule->where());
  return rules;
}

std::string names_of(const Rules& rules) {
  std::string names;
  for (const JsonFields& rule : rules) {
    names += (names.empty() ? "" : ", ") + rule.find_text("type").value_or("?");
  }
  return names;
}

/// A Split or Replace rule's pattern {"Regex": text} or {"String": text}, or "".
std::string pattern_of(const JsonFields& rule, const char* kind) {
  const auto pattern = rule.find_object("pattern");
  return pattern ? pattern->find_text(kind).value_or("") : "";
}

bool replaces_spaces(const JsonFields& rule) {
  return rule.text("type") == "Replace" && pattern_of(rule, "String") == " " &&
         rule.text("content") == kSpaceSymbol;
}

bool puts_space_in_front(const JsonFields& rule) {
  return rule.text("type") == "Prepend" && rule.text("prepend") == kSpaceSymbol;
}

void read_normaliser(const JsonFields& file, TokenizerSpec& spec) {
  const Rules rules = rules_of(file, "normalizer", "normalizers");
  if (rules.empty()) return;
  if (rules.size() == 1 && rules[0].text("type") == "NFC") {
    spec.normaliser = Normaliser::kNfc;
    return;
  }
  const bool prepends = rules.size() == 2 && puts_space_in_front(rules[0]);
  if ((prepends || rules.size() == 1) && replaces_spaces(rules.back())) {
    spec.normaliser = Normaliser::kSpaces;
    spec.space_prefix = prepends ? SpacePrefix::kAlways : SpacePrefix::kNever;
    spec.sentence_piece = true;
    return;
  }
  file.fail(
      fmt::format("normalizer {} is not supported; known: none, NFC, Replace of ' ' by '▁' with "
                  "or without Prepend of '▁'",
                  names_of(rules)));
}

SpacePrefix space_prefix(const JsonFields& rule) {
  const bool older = rule.find_flag("add_prefix_space").value_or(true);  // before prepend_scheme
  const std::string scheme = rule.find_text("prepend_scheme").value_or(older ? "always" : "never");
  if (scheme == "always") return SpacePrefix::kIfMissing;
  if (scheme == "first") return SpacePrefix::kFirstIfMissing;
  if (scheme == "never") return SpacePrefix::kNever;
  rule.fail(fmt::format("prepend_scheme '{}' is unknown; known: always, first, never", scheme));
}

void read_metaspace(const JsonFields& rule, TokenizerSpec& spec) {
  if (rule.text("replacement") != kSpaceSymbol) rule.fail("expected the replacement '▁'");
  if (spec.normaliser != Normaliser::kNone)
    rule.fail("Metaspace after a normalizer is not supported");
  spec.normaliser = Normaliser::kSpaces;
  spec.space_prefix = space_prefix(rule);
  spec.sentence_piece = true;
  const bool split = rule.find_flag("split").value_or(true);
  spec.pre_tokenizer = split ? PreTokenizer::kAtSpaces : PreTokenizer::kWhole;
}

/// ByteLevel, by itself or as the last of several; `cuts`: by GPT-2's expression.
bool is_byte_level(const JsonFields& rule, bool cuts) {
  if (rule.text("type") != "ByteLevel") return false;
  if (rule.find_flag("add_prefix_space").value_or(true)) {
    rule.fail("ByteLevel with add_prefix_space is not supported");
  }
  return rule.find_flag("use_regex").value_or(true) == cuts;
}

std::optional<PreTokenizer> published_split(const JsonFields& rule) {
  if (rule.text("type") != "Split") return std::nullopt;
  const bool isolated = rule.text("behavior") == "Isolated";
  if (!isolated || rule.find_flag("invert").value_or(false)) {
    rule.fail("Split is supported with the behavior 'Isolated', not inverted, alone");
  }
  const std::string expression = pattern_of(rule, "Regex");
  const auto kind = pre_tokenizer_of_expression(expression);
  if (!kind) {
    rule.fail(
        fmt::format("Split by an expression that is not that of Llama 3 or Qwen2: {}", expression));
  }
  return kind;
}

void read_pre_tokenizer(const JsonFields& file, TokenizerSpec& spec) {
  const Rules rules = rules_of(file, "pre_tokenizer", "pretokenizers");
  if (rules.empty() && spec.sentence_piece) {
    spec.pre_tokenizer = PreTokenizer::kWhole;
    return;
  }
  if (rules.size() == 1 && rules[0].text("type") == "Metaspace") {
    return read_metaspace(rules[0], spec);
  }
  if (rules.size() == 1 && is_byte_level(rules[0], true)) {
    spec.pre_tokenizer = PreTokenizer::kGpt2;
    return;
  }
  if (rules.size() == 2) {
    const bool digits = rules[0].text("type") == "Digits" &&
                        rules[0].find_flag("individual_digits").value_or(false);
    if (digits && is_byte_level(rules[1], true)) {
      spec.pre_tokenizer = PreTokenizer::kSmolLm;
      return;
    }
    if (const auto kind = published_split(rules[0]); kind && is_byte_level(rules[1], false)) {
      spec.pre_tokenizer = *kind;
      return;
    }
  }
  file.fail(
      fmt::format("pre_tokenizer ({}) is not supported; known: ByteLevel, Digits and ByteLevel, "
                  "Split by the expression of Llama 3 or Qwen2 and ByteLevel, Metaspace",
                  rules.empty() ? "none" : names_of(rules)));
}

TokenId token_id(const JsonFields& where, const TokenizerSpec& spec, const std::string& text) {
  const auto found = std::find(spec.tokens.begin(), spec.tokens.end(), text);
  if (found == spec.tokens.end()) where.fail(fmt::format("there is no token '{}'", text));
  return static_cast<TokenId>(found - spec.tokens.begin());
}

/// TemplateProcessing's "single": a special token or none, then the text.
void read_template(const JsonFields& rule, TokenizerSpec& spec) {
  const Json* single = rule.find("single");
  const bool listed = single != nullptr && single->is_array() && !single->empty() &&
                      single->size() <= 2 && single->back().contains("Sequence");
  if (!listed) rule.fail("TemplateProcessing is supported with a token before the text alone");
  if (single->size() == 1) return;
  const auto special = JsonFields((*single)[0], rule.where()).find_object("SpecialToken");
  if (!special) rule.fail("TemplateProcessing is supported with a token before the text alone");
  spec.bos = token_id(rule, spec, special->text("id"));
  spec.add_bos = true;
}

void read_post_processor(const JsonFields& file, TokenizerSpec& spec) {
  for (const JsonFields& rule : rules_of(file, "post_processor", "processors")) {
    const std::string type = rule.text("type");
    if (type == "TemplateProcessing") {
      read_template(rule, spec);
    } else if (type != "ByteLevel") {  // which moves offsets alone
      rule.fail(
          fmt::format("post_processor '{}' is not supported; known: TemplateProcessing, "
                      "ByteLevel",
                      type));
    }
  }
}

void read_decoder(const JsonFields& file, TokenizerSpec& spec) {
  const Rules rules = rules_of(file, "decoder", "decoders");
  for (const JsonFields& rule : rules) {
    const std::string type = rule.text("type");
    const bool known = spec.sentence_piece ? type == "Replace" || type == "ByteFallback" ||
                                                 type == "Fuse" || type == "Strip"
                                           : type == "ByteLevel";
    if (!known) rule.fail(fmt::format("decoder '{}' is not supported", type));
    if (type != "Strip") continue;
    const bool one_space = rule.text("content") == " " &&
                           rule.find_integer("start").value_or(0) == 1 &&
                           rule.find_integer("stop").value_or(0) == 0;
    if (!one_space) rule.fail("Strip is supported for one space at the start alone");
    spec.strip_space = true;
  }
}

}  // namespace

void read_tokenizer_rules(const JsonFields& file, TokenizerSpec& spec) {
  read_normaliser(file, spec);
  read_pre_tokenizer(file, spec);
  read_post_processor(file, spec);
  read_decoder(file, spec);
}

}  // namespace skipbench
