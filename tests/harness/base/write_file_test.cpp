#include "harness/base/write_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <fstream>
#include <iterator>

#include "kernels/base/error.h"
#include "tests/support/scratch_folder.h"

namespace skipbench {
namespace {

using testing::HasSubstr;

std::string content(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

TEST(WriteFile, ReplacesWhatWasThere) {
  const ScratchFolder folder;
  const auto file = folder / "x";
  write_file("--out", file, "a longer text");
  write_file("--out", file, std::string_view("a\0b", 3));
  EXPECT_EQ(content(file), std::string("a\0b", 3));
}

TEST(WriteFile, NamesOptionFileReasonAndRemedy) {
  const ScratchFolder folder;
  try {
    write_file("--out", folder / "none" / "x", "");
    FAIL() << "written";
  } catch (const InputError& error) {
    EXPECT_EQ(std::string(error.what()),
              "--out " + (folder / "none" / "x").string() +
                  ": cannot be written: No such file or directory; make the folder " +
                  (folder / "none").string() + " first");
  }
}

TEST(WriteFile, MakesFoldersUnlessAFileIsInTheWay) {
  const ScratchFolder folder;
  make_folder("--figures", folder / "a" / "b");
  make_folder("--figures", folder / "a" / "b");
  EXPECT_TRUE(std::filesystem::is_directory(folder / "a" / "b"));
  write_file("--figures", folder / "file", "");
  EXPECT_THROW(make_folder("--figures", folder / "file" / "c"), InputError);
}

TEST(WriteObstacle, TellsReasonsApart) {
  EXPECT_EQ(write_obstacle("x", EACCES), "Permission denied; choose a place where you may write");
  EXPECT_EQ(write_obstacle("x", EROFS),
            "Read-only file system; choose a place where you may write");
  EXPECT_EQ(write_obstacle("x", EISDIR), "Is a directory; name a file in it");
  EXPECT_THAT(write_obstacle("x", ENOSPC), HasSubstr("No space left on device; make room"));
}

}  // namespace
}  // namespace skipbench
