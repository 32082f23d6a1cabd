#include "harness/run/progress.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <string>

namespace skipbench {
namespace {

TEST(Progress, WritesDurationsAsPeopleDo) {
  EXPECT_EQ(Progress::duration(0.2), "0 s");
  EXPECT_EQ(Progress::duration(41.4), "41 s");
  EXPECT_EQ(Progress::duration(187), "3:07");
  EXPECT_EQ(Progress::duration(7533), "2:05:33");
  EXPECT_EQ(Progress::duration(-3), "0 s");
}

TEST(Progress, WritesPlainLinesWhereThereIsNoTerminal) {
  char* text = nullptr;
  size_t size = 0;
  std::FILE* stream = open_memstream(&text, &size);
  Progress progress(10, 10.0, stream);
  progress.reused(4, 4.0);
  progress.at("needle 1024, sample 1 of 3");
  progress.note("calibrating spts");
  progress.finish();
  std::fclose(stream);
  EXPECT_EQ(std::string(text, size), "4/10 rows  needle 1024, sample 1 of 3\ncalibrating spts\n");
  std::free(text);
}

TEST(Progress, NamesEveryPhaseBeforeTheFirstSampleOnALineOfItsOwn) {
  char* text = nullptr;
  size_t size = 0;
  std::FILE* stream = open_memstream(&text, &size);
  Progress progress(10, 10.0, stream);
  progress.phase("self-check of full");
  progress.phase("self-check of spts");
  progress.phase("");
  progress.measured(1, 1.0);
  progress.phase("warm-up of spts at 1024 tokens");
  progress.finish();
  std::fclose(stream);
  EXPECT_EQ(std::string(text, size),
            "0/10 rows  self-check of full\n0/10 rows  self-check of spts\n");
  std::free(text);
}

}  // namespace
}  // namespace skipbench
