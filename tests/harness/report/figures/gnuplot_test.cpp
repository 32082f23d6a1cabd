#include "harness/report/figures/gnuplot.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "harness/base/shell.h"
#include "kernels/base/error.h"
#include "tests/support/scratch_folder.h"

namespace skipbench {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

Panel panel(const std::string& title) {
  return {title,
          {"x (ms)", false, 0, 2, {{0, "0"}, {1, "1"}}},
          {"share", false, 0, 1, {{0, "0%"}, {1, "100%"}}},
          {{"it's a label_with $signs", Drawn::kPoints, 0, {{1, 0.5, Bounds{0.5, 1.5}, {}, ""}}},
           {"line", Drawn::kLine, 6, {{0, 0.1, {}, {}, ""}, {2, 0.9, {}, {}, ""}}},
           {"steps", Drawn::kSteps, 2, {{0, 0.2, {}, {}, ""}, {1, 0.4, {}, {}, ""}}},
           {"guide", Drawn::kGuide, Series::kReference, {{0, 0, {}, {}, ""}, {2, 1, {}, {}, ""}}}}};
}

std::string text_of(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

bool no_gnuplot() {
  return run_shell("command -v gnuplot").exit_code != 0;
}

TEST(Gnuplot, DrawsPanelsAndTheirKeyAsSvg) {
  if (no_gnuplot()) GTEST_SKIP() << "gnuplot is not installed; apt-get install gnuplot-nox";
  const ScratchFolder folder;
  const Figure figure{"a", "Two 100% panels", "", {}, {panel("first one"), panel("second one")}};
  draw_figure(figure, FigureFormat::kSvg, folder / "a figure.svg");
  const std::string svg = text_of(folder / "a figure.svg");
  for (const char* text : {"Two 100% panels", "first one", "second one", "x (ms)", "100%",
                           "label_with $signs", "rgb(  0, 104, 179)", "rgb(106,  81, 163)"}) {
    EXPECT_NE(svg.find(text), std::string::npos) << text;
  }
  EXPECT_FALSE(std::filesystem::exists(folder / "a figure.svg.gnuplot"))
      << "its script is cleared away";
}

TEST(Gnuplot, DrawsPdf) {
  if (no_gnuplot()) GTEST_SKIP() << "gnuplot is not installed; apt-get install gnuplot-nox";
  const ScratchFolder folder;
  draw_figure({"a", "One", "view", {}, {panel("")}}, FigureFormat::kPdf, folder / "a.pdf");
  EXPECT_THAT(text_of(folder / "a.pdf"), StartsWith("%PDF"));
}

TEST(Gnuplot, WithoutItTheErrorSaysHowToGetIt) {
  const ScratchFolder folder;
  const std::string path = std::getenv("PATH");
  setenv("PATH", folder.path().c_str(), 1);
  std::string message;
  try {
    draw_figure({"a", "One", "", {}, {panel("")}}, FigureFormat::kSvg, folder / "a.svg");
  } catch (const InputError& error) {
    message = error.what();
  }
  setenv("PATH", path.c_str(), 1);
  EXPECT_THAT(message, HasSubstr("apt-get install gnuplot-nox"));
}

}  // namespace
}  // namespace skipbench
