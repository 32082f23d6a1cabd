#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "harness/report/figures/axes.h"
#include "harness/report/figures/model_figures.h"
#include "harness/report/judge/rank_cells.h"
#include "tests/harness/report/support/example_database.h"

namespace skipbench {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> labels_of(const PlotAxis& axis) {
  std::vector<std::string> labels;
  for (const Tick& tick : axis.ticks) labels.push_back(tick.label);
  return labels;
}

Panel panel_of(std::vector<PlotPoint> points) {
  return {"", {}, {}, {{"a", Drawn::kPoints, 0, std::move(points)}}};
}

TEST(Axes, PromptLengthsDouble) {
  const Panel panel = panel_of({{4096, 1, {}, {}, {}}, {131056, 1, {}, {}, {}}});
  const PlotAxis axis = x_axis(panel, "tokens", Scale::kDoubling);
  EXPECT_TRUE(axis.logarithmic);
  EXPECT_THAT(labels_of(axis), ElementsAre("4K", "8K", "16K", "32K", "64K", "128K"));
}

TEST(Axes, TimesOfSeveralDecadesHaveTicksAtOneTwoAndFive) {
  const Panel panel = panel_of({{0, 90, {}, {}, {}}, {0, 10800, {}, {}, {}}});
  EXPECT_THAT(labels_of(y_axis(panel, "ms", Scale::kLogarithmic)),
              ElementsAre("100", "200", "500", "1,000", "2,000", "5,000", "10,000"));
}

TEST(Axes, HoldEveryIntervalAndTheValueAskedFor) {
  const Panel panel = panel_of({{0, 2, {}, Bounds{1.5, 2.6}, {}}, {0, 2.2, {}, {}, {}}});
  const PlotAxis axis = y_axis(panel, "x", Scale::kLinear, 1);
  EXPECT_LE(axis.low, 1);
  EXPECT_GE(axis.high, 2.6);
  const PlotAxis equal = y_axis(panel_of({{0, 3, {}, {}, {}}}), "one value", Scale::kLinear);
  EXPECT_LT(equal.low, 3);
  EXPECT_GT(equal.high, 3);
}

struct FigureExample {
  ScratchFolder folder;
  std::unique_ptr<StoreReader> reader;
  std::vector<ExperimentData> experiments;

  FigureExample() {
    write_example_database(folder / "a.db");
    reader = std::make_unique<StoreReader>(folder / "a.db");
    experiments = load_experiments(*reader, "", false);
  }
  const ModelCells& model() const { return experiments.front().models.front(); }
};

const Series* series_of(const Panel& panel, const std::string& label) {
  const auto found = std::find_if(panel.series.begin(), panel.series.end(),
                                  [&label](const Series& s) { return s.label == label; });
  return found == panel.series.end() ? nullptr : &*found;
}

Figure figure_of(const std::vector<Figure>& figures, const std::string& id) {
  for (const Figure& figure : figures) {
    if (figure.id == id) return figure;
  }
  throw std::runtime_error("no figure " + id);
}

TEST(AccuracyFigures, TheMeanOverAllTasksComesFirst) {
  FigureExample example;
  for (JudgedCell& cell : example.experiments.front().models.front().cells) {
    CellSummary& s = cell.record.summary;
    if (cell.record.plan.label != "spts 50%") continue;
    const bool needle = cell.record.plan.task == "needle";
    s.metrics[0].score = needle ? 40 : 60;
    s.metrics[0].score_stderr = needle ? 3 : 4;
    s.speedup_ttft = needle ? 4 : 1;
  }
  const Figure figure = accuracy_figures(example.model()).at(0);
  EXPECT_EQ(figure.id, "mean-score-measured");
  ASSERT_EQ(figure.panels.size(), 1u);
  const Series* half = series_of(figure.panels[0], "spts 50%");
  ASSERT_NE(half, nullptr);
  const PlotPoint& point = half->points.at(0);
  EXPECT_DOUBLE_EQ(point.x, 2);  // the geometric mean
  EXPECT_DOUBLE_EQ(point.y, 50);
  EXPECT_DOUBLE_EQ(point.y_interval->high, 52.5);  // sqrt(3^2 + 4^2) / 2
  EXPECT_EQ(series_of(figure.panels[0], "full")->style, Series::kReference);
  EXPECT_EQ(series_of(figure.panels[0], "spts 25%"), nullptr) << "it lacks samples";
  EXPECT_EQ(series_of(figure.panels[0], "spts 100%"), nullptr) << "never active";
  EXPECT_EQ(figure.panels[0].series[0].drawn, Drawn::kGuide);
}

TEST(AccuracyFigures, WithoutTimesTheMeanIsSetAgainstTheIdealSpeedUp) {
  FigureExample example;
  for (JudgedCell& cell : example.experiments.front().models.front().cells) {
    cell.record.summary.speedup_ttft.reset();
  }
  const Figure figure = accuracy_figures(example.model()).at(0);
  EXPECT_EQ(figure.id, "mean-score-flops");
  EXPECT_THAT(figure.panels.at(0).x.title, HasSubstr("ideal speed-up"));
}

TEST(AccuracyFigures, APointIsACellsScoreOverItsSpeedUpWithBothIntervals) {
  FigureExample example;
  for (JudgedCell& cell : example.experiments.front().models.front().cells) {
    cell.record.summary.metrics[0].n = 8;  // of the database's four no error is shown
  }
  const Figure figure = figure_of(accuracy_figures(example.model()), "accuracy-score-measured");
  const Panel& panel = figure.panels.at(0);
  EXPECT_EQ(panel.title, "needle 1024");
  EXPECT_EQ(panel.y.title, "exact match (points)");
  const Series* spts = series_of(panel, "spts 50%");
  ASSERT_NE(spts, nullptr);
  const PlotPoint& point = spts->points.at(0);
  EXPECT_DOUBLE_EQ(point.x, 2);
  EXPECT_DOUBLE_EQ(point.y, 50);
  EXPECT_THAT(point.y_interval->low, DoubleNear(50 - 28.87, 0.01));
  EXPECT_THAT(point.note, HasSubstr("exact match 50.0"));
  EXPECT_EQ(series_of(panel, "full")->style, Series::kReference);
}

TEST(AccuracyFigures, APointOfAnIncompleteCellSaysSo) {
  const FigureExample example;
  const Figure figure = figure_of(accuracy_figures(example.model()), "accuracy-score-measured");
  const Series* series = series_of(figure.panels.at(0), "spts 25%");
  ASSERT_NE(series, nullptr);
  EXPECT_THAT(series->points.at(0).note, HasSubstr("; 3 of 4 samples"));
}

TEST(AccuracyFigures, CellsWithoutFiguresHaveNoPoint) {
  const FigureExample example;
  for (const Figure& figure : accuracy_figures(example.model())) {
    for (const Panel& panel : figure.panels) {
      EXPECT_EQ(series_of(panel, "spts 100%"), nullptr) << "inactive";
      EXPECT_EQ(series_of(panel, "spts huge"), nullptr) << "out of memory";
    }
  }
}

TEST(AccuracyFigures, TheFrontHoldsWhatNothingBeatsInBoth) {
  // By hand: b beats c in both; d equals b in cost and is worse; a is dearer and better.
  ModelCells model{"demo", "m", {}, {}};
  const auto add = [&model](const char* label, double speedup, double score, bool baseline) {
    JudgedCell cell;
    cell.record.plan = example_cell(label, static_cast<int64_t>(model.cells.size()));
    cell.record.plan.is_baseline = baseline;
    cell.record.summary.n = 4;
    cell.record.summary.ideal_speedup = speedup;
    cell.record.summary.metrics.resize(2);
    cell.record.summary.metrics[0].score = score;
    cell.state = CellState::kActive;
    model.cells.push_back(cell);
  };
  add("a", 1.0, 90, true);
  add("b", 1.5, 80, false);
  add("c", 1.2, 70, false);
  add("d", 1.5, 60, false);
  add("e", 1.2, 80, false);  // as good as b and dearer
  const std::vector<Figure> figures = accuracy_figures(model);
  ASSERT_EQ(figures.size(), 1u);  // no measured speed-up, no cache, no loss
  const Series& front = figures[0].panels[0].series[0];
  EXPECT_EQ(front.drawn, Drawn::kGuide);
  ASSERT_EQ(front.points.size(), 2u);
  EXPECT_DOUBLE_EQ(front.points[0].y, 80);
  EXPECT_DOUBLE_EQ(front.points[1].y, 90);
}

TEST(AccuracyFigures, TheFrontIsOfLabelsWithAsManySamples) {
  FigureExample example;
  for (JudgedCell& cell : example.experiments.front().models.front().cells) {
    if (cell.state == CellState::kIncomplete) cell.record.summary.metrics[0].score = 99;
  }
  const Figure figure = figure_of(accuracy_figures(example.model()), "accuracy-score-measured");
  for (const PlotPoint& point : figure.panels.at(0).series[0].points) EXPECT_LT(point.y, 99);
}

TEST(LayerFigures, AShareStandsForEveryLayerOfEveryActiveMethod) {
  const FigureExample example;
  const std::vector<Figure> figures = layer_figures(*example.reader, example.model());
  ASSERT_EQ(figures.size(), 2u);  // a view a task
  const Panel& panel = figures[0].panels.at(0);
  EXPECT_EQ(panel.title, "spts 50%");
  const Series* ffn = series_of(panel, "FFN");
  ASSERT_NE(ffn, nullptr);
  ASSERT_EQ(ffn->points.size(), 2u);
  EXPECT_DOUBLE_EQ(ffn->points[0].y, 1);
  EXPECT_DOUBLE_EQ(ffn->points[1].y, 0.25);
  for (const Panel& each : figures[0].panels) EXPECT_NE(each.title, "full");
}

TEST(LengthFigures, SubsetsOfEqualLengthShareAPoint) {
  FigureExample example;
  ModelCells& model = example.experiments.front().models.front();
  for (JudgedCell& cell : model.cells) cell.record.plan.task = "qa";
  // A third subset, twice as long; the two others differ by less than a percent.
  std::vector<JudgedCell> longer;
  for (JudgedCell& cell : model.cells) {
    if (cell.record.plan.subset == "1024") {
      longer.push_back(cell);
      longer.back().record.plan.subset = "2048";
      longer.back().record.summary.prompt_tokens_mean = 2000;
      cell.record.summary.prompt_tokens_mean = 1008;
      cell.record.summary.ttft_ms_median = 300;
      cell.record.summary.ttft_ms_q3 = 310;
    } else {
      cell.record.summary.ttft_ms_median = 100;
      cell.record.summary.ttft_ms_q1 = 90;
    }
  }
  model.cells.insert(model.cells.end(), longer.begin(), longer.end());
  const std::vector<Figure> figures = length_figures(model);
  ASSERT_FALSE(figures.empty());
  const std::vector<PlotPoint>& points = figures[0].panels.at(0).series.at(0).points;
  ASSERT_EQ(points.size(), 2u);
  EXPECT_DOUBLE_EQ(points[0].x, 1004);
  EXPECT_NEAR(points[0].y, 100 * std::sqrt(3.0), 1e-9);  // of 100 and 300
  EXPECT_DOUBLE_EQ(points[0].y_interval->low, 90);
  EXPECT_DOUBLE_EQ(points[0].y_interval->high, 310);
  EXPECT_THAT(points[0].note, HasSubstr("geometric mean of 2 subsets"));
  EXPECT_DOUBLE_EQ(points[1].x, 2000);
}

// A mean over other subsets than the baseline's would be another figure.
TEST(LengthFigures, ALabelThatLacksASubsetOfALengthHasNoPointThere) {
  FigureExample example;
  ModelCells& model = example.experiments.front().models.front();
  std::vector<JudgedCell> longer;
  for (JudgedCell& cell : model.cells) {
    cell.record.plan.task = "qa";
    if (cell.record.plan.subset == "1024") {
      longer.push_back(cell);
      longer.back().record.plan.subset = "2048";
      longer.back().record.summary.prompt_tokens_mean = 2000;
      if (cell.record.plan.label == "spts 50%") cell.state = CellState::kInactive;
    }
  }
  model.cells.insert(model.cells.end(), longer.begin(), longer.end());
  const Panel panel = length_figures(model).at(0).panels.at(0);
  ASSERT_EQ(series_of(panel, "full")->points.size(), 2u);
  ASSERT_EQ(series_of(panel, "spts 50%")->points.size(), 1u);
  EXPECT_DOUBLE_EQ(series_of(panel, "spts 50%")->points[0].x, 2000);
}

TEST(LengthFigures, NeedPromptsOfSeveralLengths) {
  const FigureExample example;  // whose prompts all have 1000 tokens
  EXPECT_TRUE(length_figures(example.model()).empty());
  EXPECT_EQ(realised_figures(example.model()).size(), 1u);
}

}  // namespace
}  // namespace skipbench
