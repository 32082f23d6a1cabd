#include "harness/base/mapped_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <utility>

#include "kernels/base/error.h"

namespace skipbench {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

std::filesystem::path temporary(const std::string& name) {
  return std::filesystem::path(testing::TempDir()) / name;
}

TEST(MappedFile, ShowsTheFilesBytes) {
  std::ofstream(temporary("mapped"), std::ios::binary) << std::string("a\0b\n", 4);
  MappedFile file(temporary("mapped"));
  EXPECT_EQ(file.bytes(), std::string_view("a\0b\n", 4));
  const MappedFile moved(std::move(file));
  EXPECT_EQ(moved.bytes(), std::string_view("a\0b\n", 4));
}

TEST(MappedFile, OfAnEmptyFileIsEmpty) {
  std::ofstream(temporary("mapped_empty"), std::ios::binary).flush();
  EXPECT_TRUE(MappedFile(temporary("mapped_empty")).bytes().empty());
}

TEST(MappedFile, ReadsPartsAndSaysWhenTheFileShrank) {
  std::ofstream(temporary("mapped_part"), std::ios::binary) << "0123456789";
  const MappedFile file(temporary("mapped_part"));
  std::string part(4, '?');
  file.read(3, part.size(), part.data());
  EXPECT_EQ(part, "3456");
  std::filesystem::resize_file(temporary("mapped_part"), 5);
  EXPECT_THAT([&] { file.read(3, part.size(), part.data()); },
              ThrowsMessage<InputError>(HasSubstr("ends earlier than it did")));
}

TEST(MappedFile, SaysWhyAFileCannotBeMapped) {
  EXPECT_THAT([] { MappedFile(temporary("mapped_nowhere")); },
              ThrowsMessage<InputError>(HasSubstr("mapped_nowhere': No such file")));
  EXPECT_THAT([] { MappedFile(testing::TempDir()); },
              ThrowsMessage<InputError>(HasSubstr("not a regular file")));
}

}  // namespace
}  // namespace skipbench
