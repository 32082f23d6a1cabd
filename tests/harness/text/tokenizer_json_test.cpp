#include "harness/text/tokenizer_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kernels/base/error.h"

namespace skipbench {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

// Vocabularies of every published kind are compared in tests/parity/tokenizer_json_test.py.

/// Llama 2's rules on five tokens: <unk>, <s>, "▁", "a", "▁a".
Json sentence_piece() {
  return Json::parse(R"({
    "added_tokens": [{"id": 0, "content": "<unk>", "special": true, "normalized": false},
                     {"id": 1, "content": "<s>", "special": true, "normalized": false}],
    "normalizer": {"type": "Sequence", "normalizers": [
        {"type": "Prepend", "prepend": "▁"},
        {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}]},
    "pre_tokenizer": null,
    "post_processor": {"type": "TemplateProcessing", "single": [
        {"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}]},
    "decoder": {"type": "Sequence", "decoders": [
        {"type": "Replace", "pattern": {"String": "▁"}, "content": " "}, {"type": "ByteFallback"},
        {"type": "Fuse"}, {"type": "Strip", "content": " ", "start": 1, "stop": 0}]},
    "model": {"type": "BPE", "unk_token": "<unk>", "fuse_unk": true, "byte_fallback": false,
              "vocab": {"<unk>": 0, "<s>": 1, "▁": 2, "a": 3, "▁a": 4}, "merges": ["▁ a"]}})");
}

TokenizerSpec read(const Json& json) {
  return read_tokenizer_json(JsonFields(json, "tokenizer.json"));
}

TEST(TokenizerJson, SentencePieceWorksOnCharacters) {
  const Tokenizer tokenizer(read(sentence_piece()));
  EXPECT_THAT(tokenizer.encode("a a", true, true), ElementsAre(1, 4, 4));
  EXPECT_THAT(tokenizer.encode("aé", false, true), ElementsAre(4, 0));
  EXPECT_THAT(tokenizer.encode("éüa", false, true), ElementsAre(2, 0, 3));  // unknowns make one
  EXPECT_EQ(tokenizer.decode({4, 4}, false), "a a");
  EXPECT_TRUE(tokenizer.adds_space());
}

TEST(TokenizerJson, OffsetsAreThoseOfTheTextAsGiven) {
  const Tokenizer tokenizer(read(sentence_piece()));
  const Encoding encoding = tokenizer.encode_with_offsets("a a<s>aé", false, true);
  EXPECT_THAT(encoding.ids, ElementsAre(4, 4, 1, 4, 0));
  EXPECT_THAT(encoding.begins, ElementsAre(0, 1, 3, 6, 7));
}

TEST(TokenizerJson, MergesMayBePairs) {
  Json json = sentence_piece();
  json["model"]["merges"] = Json::array({Json::array({"▁", "a"})});
  EXPECT_THAT(read(json).merges, ElementsAre("▁ a"));
}

template <class Spoil>
void expect_refused(Spoil spoil, const std::string& message) {
  Json json = sentence_piece();
  spoil(json);
  EXPECT_THAT([&] { Tokenizer tokenizer(read(json)); },
              ThrowsMessage<InputError>(HasSubstr(message)));
}

TEST(TokenizerJson, NamesWhatIsNotSupported) {
  expect_refused([](Json& json) { json["model"]["type"] = "Unigram"; },
                 "tokenizer.json: model: its type is 'Unigram', expected 'BPE'");
  expect_refused([](Json& json) { json["model"]["end_of_word_suffix"] = "</w>"; },
                 "'end_of_word_suffix' is not supported");
  expect_refused([](Json& json) { json["model"]["merges"] = {7}; }, "a merge is neither");
  expect_refused([](Json& json) { json["model"]["merges"] = {"▁ b"}; },
                 "merge 0 ('▁ b') needs token");
  expect_refused([](Json& json) { json["model"]["byte_fallback"] = true; },
                 "byte_fallback without byte tokens");
  expect_refused(
      [](Json& json) {
        json["model"]["byte_fallback"] = true;
        json["model"]["vocab"]["<0x00>"] = 5;
      },
      "the vocabulary has 1 of the 256 byte tokens");
  expect_refused(
      [](Json& json) {
        json["normalizer"] = {{"type", "NFKC"}};
      },
      "normalizer NFKC is not supported; known: none, NFC");
  expect_refused([](Json& json) { json["normalizer"] = nullptr; },
                 "pre_tokenizer (none) is not supported");
  expect_refused(
      [](Json& json) {
        json["pre_tokenizer"] = {{"type", "Whitespace"}};
      },
      "pre_tokenizer (Whitespace) is not supported");
  expect_refused(
      [](Json& json) {
        const Json split = {
            {"type", "Split"}, {"pattern", {{"Regex", "\\w+"}}}, {"behavior", "Isolated"}};
        json["pre_tokenizer"] = {{"type", "Sequence"}, {"pretokenizers", {split, split}}};
      },
      "not that of Llama 3 or Qwen2: \\w+");
  expect_refused(
      [](Json& json) {
        json["post_processor"] = {{"type", "BertProcessing"}};
      },
      "post_processor 'BertProcessing' is not supported");
  expect_refused(
      [](Json& json) {
        json["decoder"] = {{"type", "WordPiece"}};
      },
      "decoder 'WordPiece' is not supported");
  expect_refused([](Json& json) { json["added_tokens"][0]["lstrip"] = true; },
                 "token '<unk>' with 'lstrip' is not supported");
  expect_refused([](Json& json) { json["added_tokens"][0]["id"] = -1; }, "has id -1");
  expect_refused([](Json& json) { json.erase("model"); }, "key 'model' is missing");
}

}  // namespace
}  // namespace skipbench
