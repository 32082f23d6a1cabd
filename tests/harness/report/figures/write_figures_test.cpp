#include "harness/report/figures/write_figures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/base/shell.h"
#include "kernels/base/error.h"
#include "tests/harness/report/support/example_database.h"

namespace skipbench {
namespace {

using testing::Contains;
using testing::HasSubstr;

TEST(WriteFigures, EveryFigureIsThereAsSvgAndAsPdf) {
  if (run_shell("command -v gnuplot").exit_code != 0) {
    GTEST_SKIP() << "gnuplot is not installed; apt-get install gnuplot-nox";
  }
  const ScratchFolder folder;
  write_example_database(folder / "a.db");
  const auto files = write_figures(folder / "a.db", {}, folder / "new/figures");
  std::vector<std::string> names;
  for (const auto& file : files) {
    EXPECT_GT(std::filesystem::file_size(file), 1000u) << file;
    names.push_back(file.filename().string());
  }
  for (const char* name : {"mean-score-measured.svg", "accuracy-score-measured.svg",
                           "accuracy-loss-flops.pdf", "realised.svg", "layers-needle-1024.pdf"}) {
    EXPECT_THAT(names, Contains(name));
  }
}

TEST(WriteFigures, WithoutFiguresTheErrorSaysSo) {
  const ScratchFolder folder;
  {
    Store store(folder / "a.db");
    store.begin_run(example_run());
    store.plan_cells(std::vector{example_cell("full", 0)});
  }
  try {
    write_figures(folder / "a.db", {}, folder / "figures");
    FAIL() << "nothing was drawn";
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("no figure to draw"));
  }
}

}  // namespace
}  // namespace skipbench
