#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "harness/calibrate/artefact_file.h"
#include "harness/calibrate/calibration_texts.h"
#include "harness/checkpoint/checkpoint.h"
#include "harness/experiment/calibration_source.h"
#include "tests/harness/run/support/tiny_run.h"

namespace skipbench {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

Artefact example() {
  Artefact artefact;
  artefact.tensors["a.up"] = at::arange(6, at::kFloat).view({2, 3}).t();  // not contiguous
  artefact.tensors["b"] = at::tensor({1.5, -2.0}).to(at::kBFloat16);
  artefact.tensors["ids"] = at::arange(3, at::kLong);
  return artefact;
}

TEST(ArtefactFile, ReturnsWhatWasSaved) {
  const ScratchFolder folder;
  save_artefact(example(), folder / "new" / "x.safetensors");
  const auto loaded = load_artefact(folder / "new" / "x.safetensors");
  ASSERT_TRUE(loaded);
  ASSERT_THAT(loaded->tensors, SizeIs(3));
  for (const auto& [name, tensor] : example().tensors) {
    EXPECT_TRUE(at::equal(loaded->tensors.at(name), tensor)) << name;
    EXPECT_EQ(loaded->tensors.at(name).scalar_type(), tensor.scalar_type());
  }
}

TEST(ArtefactFile, IsNotReadWhenMissingCutOffOrAltered) {
  const ScratchFolder folder;
  const auto file = folder / "x.safetensors";
  EXPECT_FALSE(load_artefact(file));
  save_artefact(example(), file);
  std::fstream(file, std::ios::in | std::ios::out | std::ios::binary).seekp(-1, std::ios::end)
      << '\x7f';
  EXPECT_FALSE(load_artefact(file));
  save_artefact(example(), file);
  std::filesystem::resize_file(file, std::filesystem::file_size(file) - 3);
  EXPECT_FALSE(load_artefact(file));
  std::filesystem::resize_file(file, 4);
  EXPECT_FALSE(load_artefact(file));
}

TEST(CalibrationTexts, AreTheMessagesOfATaskItsSubsetsInTurn) {
  const TinyRun tiny;
  const auto file = tiny.write("t.yaml", "{task: needle, lengths: [400, 480], samples: 2}\n");
  const Checkpoint text_side = load_text_side(tiny.model());
  CalibrationSpec spec;
  spec.texts = file.string();
  spec.count = 3;
  const auto texts_of = [&](const CalibrationSpec& each) {
    return calibration_texts(with_source(each, tiny.folder()), text_side.tokenizer.get(),
                             text_side.info);
  };
  const CalibrationTexts texts = texts_of(spec);
  ASSERT_THAT(texts.tokens, SizeIs(3));
  EXPECT_LT(texts.tokens[0].size(), texts.tokens[1].size());
  EXPECT_GT(texts.tokens[1].size(), texts.tokens[2].size());
  spec.texts = "t.yaml";  // beside the experiment
  EXPECT_EQ(texts_of(spec).hash, texts.hash);
}

TEST(CalibrationTexts, OfNeitherFileNorTaskAreRefusedWithTheNearest) {
  CalibrationSpec spec;
  spec.texts = "needel";
  try {
    with_source(spec, "");
    FAIL() << "taken";
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("did you mean 'needle'?"));
  }
  spec.texts = "needle";
  EXPECT_EQ(with_source(spec, "").task.task, "needle");
  spec.texts = "jsonl";
  EXPECT_THROW(with_source(spec, ""), InputError);
}

TEST(CalibrationTexts, AreParagraphsOfATextFile) {
  const TinyRun tiny;
  const auto file = tiny.write("t.txt", "one\nline\n\n\nsecond paragraph\n\nthird");
  const Checkpoint text_side = load_text_side(tiny.model());
  const CalibrationTexts texts =
      calibration_texts({file.string(), 2, 5}, text_side.tokenizer.get(), text_side.info);
  ASSERT_THAT(texts.tokens, SizeIs(2));
  EXPECT_THAT(texts.tokens[1], SizeIs(5));  // the first is BOS
  EXPECT_EQ(text_side.tokenizer->decode(texts.tokens[1], true), "seco");
}

TEST(CalibrationTexts, AreRowsOfTextOrTokens) {
  const TinyRun tiny;
  const auto file = tiny.write("t.jsonl", "{\"text\": \"abc\"}\n\n{\"tokens\": [5, 6]}\n");
  const Checkpoint text_side = load_text_side(tiny.model());
  const CalibrationTexts texts =
      calibration_texts({file.string(), 9, 99}, text_side.tokenizer.get(), text_side.info);
  ASSERT_THAT(texts.tokens, SizeIs(2));
  EXPECT_EQ(texts.tokens[1], (std::vector<int32_t>{5, 6}));
}

TEST(CalibrationTexts, NameTheLineThatCannotBeUsed) {
  const TinyRun tiny;
  const Checkpoint text_side = load_text_side(tiny.model());
  const auto error = [&](const std::string& row) -> std::string {
    const auto file = tiny.write("t.jsonl", "{\"text\": \"abc\"}\n\n" + row + "\n");
    try {
      calibration_texts({file.string(), 9, 99}, text_side.tokenizer.get(), text_side.info);
      return "";
    } catch (const InputError& error) {
      return error.what();
    }
  };
  EXPECT_THAT(error(R"({"txt": 1, "answers": []})"),
              HasSubstr("t.jsonl:3: got keys answers, txt, expected {\"text\": \"...\"} or"));
  EXPECT_THAT(error(R"({"text": 1})"), HasSubstr("t.jsonl:3: got a text that is number, expected"));
  EXPECT_THAT(error("7"), HasSubstr("t.jsonl:3: got number, expected"));
  EXPECT_THAT(error("{\"text\": }"), HasSubstr("t.jsonl:3:10: not JSON: unexpected '}'"));
  EXPECT_THROW(
      calibration_texts({"/nowhere.txt", 9, 99}, text_side.tokenizer.get(), text_side.info),
      InputError);
}

TEST(CalibrationTexts, NameTheTokenThatIsNone) {
  const TinyRun tiny;
  const Checkpoint text_side = load_text_side(tiny.model());
  const auto error = [&](const std::string& tokens) -> std::string {
    const auto file = tiny.write("t.jsonl", "{\"text\": \"a\"}\n{\"tokens\": " + tokens + "}\n");
    try {
      calibration_texts({file.string(), 9, 99}, text_side.tokenizer.get(), text_side.info);
      return "";
    } catch (const InputError& error) {
      return error.what();
    }
  };
  const std::string expected = ", expected a token id from 0 to 269";
  EXPECT_THAT(error("[1, 4294967297]"),
              HasSubstr("t.jsonl:2: \"tokens\": entry 1 (from 0) is 4294967297" + expected));
  EXPECT_THAT(error("[18446744073709551617]"), HasSubstr(expected));
  EXPECT_THAT(error("[18446744073709551615]"), HasSubstr(expected));
  EXPECT_THAT(error("[1.5]"), HasSubstr("entry 0 (from 0) is 1.5" + expected));
  EXPECT_THAT(error("[270]"), HasSubstr(expected));
  EXPECT_THAT(error("[-1]"), HasSubstr(expected));
  EXPECT_THAT(error("[[1]]"), HasSubstr(expected));
  EXPECT_THAT(error("7"), HasSubstr("expected a JSON list of token ids"));
  EXPECT_EQ(error("[0, 269]"), "");
}

TEST(ArtefactCache, CalibratesOnceAndSharesAmongLabels) {
  const TinyRun tiny;
  tiny.run(tiny_experiment(tiny));
  size_t files = 0;
  for (const auto& each : std::filesystem::directory_iterator(tiny.folder() / "cache/artefacts")) {
    EXPECT_EQ(each.path().extension(), ".safetensors");
    ++files;
  }
  EXPECT_EQ(files, 1u);
}

}  // namespace
}  // namespace skipbench
