#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "harness/base/known_models.h"
#include "harness/checkpoint/checkpoint.h"
#include "harness/experiment/experiment.h"
#include "harness/report/paper/choose_labels.h"
#include "harness/report/paper/table_spec.h"
#include "harness/search/scaled_parameter.h"
#include "methods/interface/method.h"
#include "methods/interface/registry.h"

namespace skipbench::test {
namespace {

std::vector<std::filesystem::path> experiments_in(std::string_view folder) {
  std::vector<std::filesystem::path> files;
  const auto root = std::filesystem::path(SKIPBENCH_SOURCE_DIR) / "experiments" / folder;
  for (const auto& entry : std::filesystem::directory_iterator(root)) {
    if (entry.path().extension() == ".yaml") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

void expect_fits(const std::filesystem::path& file, std::string_view checkpoint) {
  SCOPED_TRACE(testing::Message() << file << " on " << checkpoint);
  const ModelConfig config = inspect_checkpoint(std::string(checkpoint)).config;
  for (const MethodCell& cell : resolve_methods(load_experiment(file, {}), config)) {
    EXPECT_NO_THROW(find_method(cell.method).make(cell.params, config)) << cell.label;
  }
}

TEST(ShippedExperiments, FitTheSmallModel) {
  for (const char* folder : {"", "ablations"}) {
    for (const auto& file : experiments_in(folder)) {
      expect_fits(file, "random:smollm2-135m");
    }
  }
}

TEST(ShippedExperiments, FitTheKnownModelsWherePresetsAreAuto) {
  for (const KnownModel& model : known_models()) {
    for (const char* file :
         {"quickstart-qwen2.5-coder", "ablations/components", "ablations/delayed-pruning",
          "ablations/ffn-criterion", "ablations/probe-age", "ablations/probe-window"}) {
      expect_fits(fmt::format("{}/experiments/{}.yaml", SKIPBENCH_SOURCE_DIR, file),
                  "random:" + model.name);
    }
  }
}

TEST(ShippedExperiments, OfSpeedFitTheModelsThatTheyName) {
  const std::filesystem::path folder = SKIPBENCH_SOURCE_DIR "/experiments/speed";
  expect_fits(folder / "smollm2.yaml", "random:smollm2-135m");
  expect_fits(folder / "llama-8b.yaml", "random:llama-3.1-8b");
  expect_fits(folder / "sparse.yaml", "random:llama-3.1-8b");
}

TEST(ShippedExperiments, AblationsFitAnEightBillionModelToo) {
  EXPECT_THAT(experiments_in("ablations"), testing::SizeIs(testing::Ge(7)));
  for (const auto& file : experiments_in("ablations")) expect_fits(file, "random:llama-3.1-8b");
}

TEST(ShippedExperiments, AblationsBeginWithTheirQuestionAndCompareWithFullAttention) {
  for (const auto& file : experiments_in("ablations")) {
    SCOPED_TRACE(file);
    std::string first_line;
    std::getline(std::ifstream(file) >> std::ws, first_line);
    EXPECT_THAT(first_line, testing::StartsWith("# "));
    const Experiment experiment = load_experiment(file, {});
    EXPECT_EQ(experiment.name, file.stem());
    EXPECT_EQ(experiment.baseline, "full");
  }
}

TEST(ShippedExperiments, SearchesHaveARangeOnTheSmallModel) {
  EXPECT_THAT(experiments_in("search"), testing::SizeIs(2));
  const ModelConfig config = inspect_checkpoint("random:smollm2-135m").config;
  for (const auto& file : experiments_in("search")) {
    SCOPED_TRACE(file);
    const Experiment experiment = load_experiment(file, {});
    EXPECT_EQ(experiment.name, file.stem());
    EXPECT_THAT(experiment.searches, testing::SizeIs(testing::Ge(2)));
    for (const SearchSpec& search : experiment.searches) {
      const MethodEntry method = find_method(search.method.method);
      const ScaledParameter parameter(method, search.parameter,
                                      resolve_method(search.method, config).params);
      for (const double factor : {0.1, 1.0, parameter.saturation()}) {
        EXPECT_NO_THROW(method.make(parameter.params_at(factor), config)) << factor;
      }
    }
  }
}

TEST(ShippedExperiments, LongBenchFitsTheModelsThatItNames) {
  const auto root = std::filesystem::path(SKIPBENCH_SOURCE_DIR) / "experiments/longbench";
  expect_fits(root / "minilongbench.yaml", "random:smollm2-135m");
  for (const char* file : {"minilongbench-qwen2.5-coder-1.5b.yaml", "minilongbench-aligned.yaml"}) {
    expect_fits(root / file, "random:qwen2.5-coder-1.5b");
  }
  expect_fits(root / "minilongbench-qwen2.5-coder-0.5b.yaml", "random:qwen2.5-coder-0.5b");
  for (const char* model : {"llama-3.1-8b", "qwen2.5-7b", "openpangu-1b"}) {
    expect_fits(root / fmt::format("{}.yaml", model), fmt::format("random:{}", model));
  }
  EXPECT_THAT(experiments_in("longbench"), testing::SizeIs(7));
}

// Every label of every shipped experiment, those of searches too, with its method.
std::vector<PlannedCell> shipped_labels() {
  std::vector<PlannedCell> cells;
  const auto add = [&cells](const MethodSpec& method) {
    PlannedCell& cell = cells.emplace_back();
    cell.label = method.label;
    cell.method = method.method;
  };
  for (const char* folder : {"", "ablations", "longbench", "search", "speed"}) {
    for (const auto& file : experiments_in(folder)) {
      const Experiment experiment = load_experiment(file, {});
      for (const MethodSpec& method : experiment.methods) add(method);
      for (const SearchSpec& search : experiment.searches) add(search.method);
    }
  }
  return cells;
}

TEST(ShippedTables, HaveNoRowThatNoShippedExperimentFills) {
  const std::vector<PlannedCell> labels = shipped_labels();
  const std::vector<std::filesystem::path> tables = experiments_in("tables");
  EXPECT_THAT(tables, testing::SizeIs(testing::Ge(9)));
  for (const auto& file : tables) {
    for (const TableRowSpec& row : load_table_spec(file).rows) {
      EXPECT_THAT(find_labels(labels, row.match), testing::Not(testing::IsEmpty()))
          << file << ": " << row.match;
    }
  }
}

}  // namespace
}  // namespace skipbench::test
