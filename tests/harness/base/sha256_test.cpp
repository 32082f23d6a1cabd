#include "harness/base/sha256.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "kernels/base/error.h"

namespace skipbench {
namespace {

std::filesystem::path temporary_file(const std::string& name, const std::string& content) {
  const auto file = std::filesystem::path(testing::TempDir()) / name;
  std::ofstream(file, std::ios::binary) << content;
  return file;
}

TEST(Sha256, GivesThePublishedDigests) {
  // FIPS 180-2, appendix B.
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_hex(std::string(1'000'000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, OfAFileEqualsThatOfItsBytes) {
  for (size_t size : {0, 1, (1 << 20) - 1, 1 << 20, (1 << 20) + 1}) {
    const std::string content(size, '\xA7');
    EXPECT_EQ(sha256_file_hex(temporary_file("sha256_content", content)), sha256_hex(content));
  }
}

TEST(Sha256, OfAnUnreadableFileNamesIt) {
  for (std::string path : {testing::TempDir() + "no-such-file", testing::TempDir()}) {
    try {
      sha256_file_hex(path);
      FAIL() << path;
    } catch (const InputError& error) {
      EXPECT_NE(std::string(error.what()).find(path), std::string::npos) << error.what();
    }
  }
}

}  // namespace
}  // namespace skipbench
