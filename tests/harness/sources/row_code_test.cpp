#include "harness/sources/row_code.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <set>

#include "harness/sources/source_tree.h"

// Which stored rows and artefacts are measured again after an edit of this very tree.
namespace skipbench {
namespace {

using testing::IsEmpty;
using testing::UnorderedElementsAreArray;

using Names = std::vector<std::string>;

// What stands for the rows that one program stores.
struct Cell {
  std::string name, method, task;
  Names metrics;
  std::string format;
};

const std::vector<Cell>& cells() {
  static const std::vector<Cell> all{
      {"speed/random", "full", "speed", {}, "random"},
      {"speed/gguf", "fastkv", "speed", {}, "gguf"},
      {"sparse/random", "block_sparse", "speed", {}, "random"},
      {"needle/gguf", "spts", "needle", {"exact_match", "contains_answer"}, "gguf"},
      {"needle/hf", "full", "needle", {"exact_match", "contains_answer"}, "hf"},
      {"articles/gguf", "spts+snapkv", "embedded_qa", {"qa_f1", "exact_match"}, "gguf"},
      {"summary/hf", "sliminfer", "longbench", {"rouge"}, "hf"},
      {"chinese/hf", "spts", "longbench", {"rouge_zh"}, "hf"},
      {"paragraph/gguf", "full", "jsonl", {"retrieval"}, "gguf"},
  };
  return all;
}

// Artefacts: method and format.
const std::vector<std::pair<std::string, std::string>>& artefacts() {
  static const std::vector<std::pair<std::string, std::string>> all{
      {"spts", "gguf"}, {"spts", "hf"}, {"ffn_skipllm", "gguf"}};
  return all;
}

std::vector<EmbeddedFolder> embedded_folders() {
  std::vector<EmbeddedFolder> folders;
  std::string_view rest = SKIPBENCH_EMBEDDED;
  while (!rest.empty()) {
    const std::string_view one = rest.substr(0, rest.find(','));
    folders.push_back(embedded_folder_of(one));
    rest.remove_prefix(std::min(one.size() + 1, rest.size()));
  }
  return folders;
}

// Every key of a program that is built from these sources.
std::map<std::string, std::string> keys_of(const SourceFiles& files) {
  const SourceTable table(files, embedded_folders());
  const SourceHashes hashes = table.hashes();
  std::map<std::string, std::string> keys;
  for (const Cell& cell : cells()) {
    keys[cell.name] = fmt::format(
        "{}-{}-{}-{}", core_code(hashes), method_code(hashes, cell.method),
        task_code(hashes, cell.task, cell.metrics, cell.format), reader_code(hashes, cell.format));
  }
  for (const auto& [method, format] : artefacts()) {
    keys[fmt::format("artefact {}/{}", method, format)] = calibration_code(hashes, method, format);
  }
  return keys;
}

class RowCode : public testing::Test {
 protected:
  static const SourceFiles& tree() {
    static const SourceFiles files = read_sources(SKIPBENCH_SOURCE_DIR, embedded_folders());
    return files;
  }

  // The keys that another program than the tree's has.
  static Names changed(const SourceFiles& edited) {
    static const std::map<std::string, std::string> before = keys_of(tree());
    const std::map<std::string, std::string> after = keys_of(edited);
    Names names;
    for (const auto& [name, key] : before) {
      if (after.at(name) != key) names.push_back(name);
    }
    return names;
  }

  static Names changed_by(const std::string& file) {
    SourceFiles edited = tree();
    EXPECT_TRUE(edited.contains(file)) << file;
    edited[file] += "\nextern int added;\n";
    return changed(edited);
  }

  template <class Wanted>
  static Names rows_where(Wanted wanted) {
    Names names;
    for (const Cell& cell : cells()) {
      if (wanted(cell)) names.push_back(cell.name);
    }
    return names;
  }
  static Names all_rows() {
    return rows_where([](const Cell&) { return true; });
  }
  static Names rows_of_text() {
    return rows_where([](const Cell& cell) { return !cell.metrics.empty(); });
  }
  static Names everything() {
    Names names = all_rows();
    for (const auto& [method, format] : artefacts()) {
      names.push_back(fmt::format("artefact {}/{}", method, format));
    }
    return names;
  }
};

TEST_F(RowCode, ChangesForAllWithTheModelCore) {
  for (const char* file :
       {"kernels/ops/products/linear.cpp", "kernels/ops/rows/rms_norm.cu",
        "kernels/ops/attention/decode_attention.cu", "kernels/ops/device/device_code.cuh",
        "kernels/ops/sparse/sparse_attention.cu", "kernels/model/decoder.cpp",
        "kernels/model/cache/kv_cache.h"}) {
    EXPECT_THAT(changed_by(file), UnorderedElementsAreArray(everything())) << file;
  }
}

TEST_F(RowCode, ChangesWithAnOperationOfItsMethodAlone) {
  EXPECT_THAT(changed_by("kernels/ops/products/low_rank_ffn.cpp"),
              UnorderedElementsAreArray({"needle/gguf", "articles/gguf", "chinese/hf",
                                         "artefact spts/gguf", "artefact spts/hf"}));
  EXPECT_THAT(changed_by("kernels/ops/attention/attention_probe.cu"),
              UnorderedElementsAreArray({"needle/gguf", "articles/gguf", "summary/hf", "chinese/hf",
                                         "artefact spts/gguf", "artefact spts/hf"}));
}

TEST_F(RowCode, ChangesForAllRowsWithWhatDecodesAndMeasures) {
  for (const char* file :
       {"harness/reply/reply.cpp", "harness/reply/generation.cpp", "harness/measure/measure.cpp",
        "harness/measure/unit.cpp", "harness/measure/session.cpp", "harness/measure/self_check.cpp",
        "harness/measure/fidelity.cpp", "harness/measure/sample_row.cpp",
        "harness/reply/prepared_sample.cpp", "harness/measure/profiled.cpp"}) {
    EXPECT_THAT(changed_by(file), UnorderedElementsAreArray(all_rows())) << file;
  }
}

TEST_F(RowCode, ChangesWithItsMethodAlone) {
  EXPECT_THAT(changed_by("methods/sliminfer.cpp"), UnorderedElementsAreArray({"summary/hf"}));
  EXPECT_THAT(changed_by("methods/interface/combined.cpp"),
              UnorderedElementsAreArray({"articles/gguf"}));
  EXPECT_THAT(changed_by("methods/snapkv.cpp"), UnorderedElementsAreArray({"articles/gguf"}));
  EXPECT_THAT(changed_by("methods/spts.cpp"),
              UnorderedElementsAreArray({"needle/gguf", "articles/gguf", "chinese/hf",
                                         "artefact spts/gguf", "artefact spts/hf"}));
}

TEST_F(RowCode, ChangesWithWhatItsMethodSharesWithOthers) {
  EXPECT_THAT(changed_by("methods/calibration/ltp_calibration.cpp"),
              UnorderedElementsAreArray({"needle/gguf", "articles/gguf", "chinese/hf",
                                         "artefact spts/gguf", "artefact spts/hf"}));
  EXPECT_THAT(changed_by("methods/selection/window_scores.cpp"),
              UnorderedElementsAreArray({"speed/gguf", "articles/gguf"}));
}

TEST_F(RowCode, ChangesWithItsTaskAlone) {
  EXPECT_THAT(changed_by("harness/tasks/needle.cpp"),
              UnorderedElementsAreArray({"needle/gguf", "needle/hf"}));
  EXPECT_THAT(changed_by("harness/tasks/speed.cpp"),
              UnorderedElementsAreArray({"speed/random", "speed/gguf", "sparse/random"}));
  EXPECT_THAT(changed_by("harness/tasks/longbench/prompt_template.cpp"),
              UnorderedElementsAreArray({"summary/hf", "chinese/hf"}));
}

TEST_F(RowCode, ChangesWithTheTextsThatItsTaskEmbeds) {
  EXPECT_THAT(changed_by("harness/tasks/articles/harrowfen-bridge.txt"),
              UnorderedElementsAreArray({"needle/gguf", "needle/hf", "articles/gguf"}));
  EXPECT_THAT(changed_by("harness/tasks/calibration/market-day.txt"), IsEmpty());  // in its hash
}

TEST_F(RowCode, ChangesWithItsMetricsAlone) {
  EXPECT_THAT(changed_by("harness/tasks/metrics/rouge.cpp"),
              UnorderedElementsAreArray({"summary/hf", "chinese/hf"}));
  EXPECT_THAT(changed_by("harness/tasks/chinese/segmenter.cpp"),
              UnorderedElementsAreArray({"chinese/hf"}));
  EXPECT_THAT(changed_by("harness/tasks/metrics/retrieval.cpp"),
              UnorderedElementsAreArray({"paragraph/gguf"}));
  EXPECT_THAT(changed_by("harness/tasks/metrics/retrieval.h"),  // which function a name means
              UnorderedElementsAreArray({"paragraph/gguf"}));
  EXPECT_THAT(changed_by("harness/tasks/metrics/contains_answer.cpp"),
              UnorderedElementsAreArray({"needle/gguf", "needle/hf"}));
  EXPECT_THAT(changed_by("harness/tasks/metrics/code_sim.cpp"), IsEmpty());
}

TEST_F(RowCode, ChangesWithWhatReadsItsWeights) {
  const auto read_from = [](const std::string& format) {
    Names names = rows_where([&](const Cell& cell) { return cell.format == format; });
    for (const auto& [method, of] : artefacts()) {
      if (of == format) names.push_back(fmt::format("artefact {}/{}", method, of));
    }
    return names;
  };
  EXPECT_THAT(changed_by("harness/checkpoint/gguf/gguf_dequantize.cpp"),
              UnorderedElementsAreArray(read_from("gguf")));
  EXPECT_THAT(changed_by("harness/checkpoint/hf/safetensors_header.cpp"),
              UnorderedElementsAreArray(read_from("hf")));
  EXPECT_THAT(changed_by("harness/checkpoint/random/random_checkpoint.cpp"),
              UnorderedElementsAreArray(read_from("random")));
}

TEST_F(RowCode, ChangesWithTheTextSideWherePromptsAreText) {
  for (const char* file : {"harness/reply/prompts.cpp", "harness/text/tokenizer.cpp",
                           "harness/text/byte_pairs.cpp", "harness/text/chat_template.cpp"}) {
    EXPECT_THAT(changed_by(file), UnorderedElementsAreArray(rows_of_text())) << file;
  }
  const auto of_gguf = [](const Cell& cell) {
    return !cell.metrics.empty() && cell.format == "gguf";
  };
  EXPECT_THAT(changed_by("harness/checkpoint/gguf/gguf_text.cpp"),
              UnorderedElementsAreArray(rows_where(of_gguf)));
  EXPECT_THAT(changed_by("harness/text/tokenizer_json.cpp"),
              UnorderedElementsAreArray({"needle/hf", "summary/hf", "chinese/hf"}));
}

TEST_F(RowCode, StaysWhereOnlyPlansReportsAndTablesChange) {
  for (const char* file : {"harness/plan/plan.cpp",
                           "harness/plan/plan.h",
                           "harness/run/runner.cpp",
                           "harness/run/progress.cpp",
                           "harness/machine/machine.cpp",
                           "harness/run/unit_finder.cpp",
                           "harness/store/store.h",
                           "harness/store/store.cpp",
                           "harness/store/samples/sample_profile.cpp",
                           "harness/report/report.cpp",
                           "harness/cli/main.cpp",
                           "harness/search/bisection.cpp",
                           "harness/experiment/experiment.h",
                           "harness/sources/source_tree.cpp",
                           "kernels/bench/main.cpp",
                           "methods/interface/registry.cpp",
                           "methods/interface/registry.h",
                           "methods/interface/table.h",
                           "harness/tasks/registry.cpp",
                           "harness/tasks/metrics/registry.cpp",
                           "harness/checkpoint/registry.cpp"}) {
    EXPECT_THAT(changed_by(file), IsEmpty()) << file;
  }
}

// Files that begin to exist, and the line that each needs in its table.
TEST_F(RowCode, StaysWhenAMethodATaskAMetricOrAFormatIsAdded) {
  SourceFiles edited = tree();
  constexpr std::array<std::pair<const char*, const char*>, 5> kAdded = {{
      {"methods/every_nth", "methods/interface/registry.cpp"},
      {"harness/tasks/repeat_word", "harness/tasks/registry.cpp"},
      {"harness/tasks/metrics/bleu", "harness/tasks/metrics/registry.cpp"},
      {"harness/checkpoint/onnx/onnx_checkpoint", "harness/checkpoint/registry.cpp"},
      {"harness/checkpoint/onnx/onnx_text", "harness/checkpoint/registry.cpp"},
  }};
  for (const auto& [added, registry] : kAdded) {
    edited[fmt::format("{}.h", added)] = "#pragma once\n";
    edited[fmt::format("{}.cpp", added)] = fmt::format("#include \"{}.h\"\nint f() {{}}\n", added);
    std::string& table = edited.at(registry);
    table = fmt::format("#include \"{}.h\"\n{}", added, table);
  }
  EXPECT_THAT(changed(edited), IsEmpty());
}

TEST_F(RowCode, StaysWhenCommentsAndEmptyLinesAreAddedAnywhere) {
  SourceFiles edited = tree();
  for (auto& [file, content] : edited) {
    const std::string ending = std::filesystem::path(file).extension();
    if (ending != ".h" && ending != ".cpp" && ending != ".cu" && ending != ".cuh") continue;
    content = "// A remark.\n\n" + content + "\n\n/* The\n   end */\n";
  }
  EXPECT_THAT(changed(edited), IsEmpty());
}

TEST_F(RowCode, OfAMethodIsThatOfItsFile) {
  const auto code = [](const SourceFiles& files) {
    const SourceTable table(files, embedded_folders());
    return method_code(table.hashes(), "recent_ffn");
  };
  SourceFiles edited = tree();
  edited["methods/recent_ffn.cpp"] = "#include \"methods/interface/entry.h\"\nint f();\n";
  const std::string before = code(edited);
  edited.at("methods/spts.cpp") += "extern int added;\n";
  EXPECT_EQ(code(edited), before);
  edited.at("methods/recent_ffn.cpp") += "extern int added;\n";
  EXPECT_NE(code(edited), before);
}

TEST_F(RowCode, IsThatOfFilesOfTheirOwn) {
  const SourceTable table(tree(), embedded_folders());
  std::set<std::string_view> paths;
  for (const SourceHash& row : table.rows()) {
    EXPECT_EQ(row.hash.size(), 64u) << row.path;
    paths.insert(row.path);
  }
  for (const char* path : {"methods/spts", "harness/tasks/longbench", "harness/tasks/needle",
                           "harness/tasks/metrics/qa_f1", "harness/checkpoint/hf/hf_checkpoint",
                           "harness/measure/unit", "harness/reply/prompts", "methods"}) {
    EXPECT_TRUE(paths.contains(path)) << path;
  }
}

}  // namespace
}  // namespace skipbench
