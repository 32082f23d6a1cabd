// write_source_hashes ROOT OUTPUT [HEADER=FOLDER]...: writes a source file with the hashes of what
// rows come from, for build_info.h; an unchanged file is left alone.
//
// A program of its own, compiled before the rest, and no CMake script: what comments are takes a
// scanner ("//" in a string is none), and a hundred closures of hundreds of files each take CMake
// seconds at every build, this less than a tenth of one.
#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "harness/sources/source_tree.h"
#include "kernels/base/error.h"

namespace skipbench {
namespace {

std::string source_of(const SourceTable& table) {
  std::string source =
      "// Written by harness/sources/write_source_hashes.cpp at every build.\n"
      "#include \"harness/machine/build_info.h\"\n\n"
      "namespace skipbench {\n\n"
      "const SourceHashes& source_hashes() {\n"
      "  static constexpr SourceHash kSorted[] = {\n";
  for (const SourceHash& row : table.rows()) {
    source += fmt::format("      {{\"{}\", \"{}\"}},\n", row.path, row.hash);
  }
  return source +
         "  };\n"
         "  static const SourceHashes hashes(kSorted);\n"
         "  return hashes;\n"
         "}\n\n"
         "}  // namespace skipbench\n";
}

void write_if_changed(const std::filesystem::path& file, const std::string& content) {
  std::ifstream old(file, std::ios::binary);
  if (old && std::string(std::istreambuf_iterator<char>(old), {}) == content) return;
  std::filesystem::create_directories(file.parent_path());
  std::ofstream stream(file, std::ios::binary);
  stream << content;
  stream.close();
  if (!stream) throw InputError(fmt::format("cannot write '{}'", file.string()));
}

void run(int argc, char** argv) {
  if (argc < 3) throw InputError("usage: write_source_hashes ROOT OUTPUT [HEADER=FOLDER]...");
  std::vector<EmbeddedFolder> texts;
  for (int i = 3; i < argc; ++i) texts.push_back(embedded_folder_of(argv[i]));
  write_if_changed(argv[2], source_of(SourceTable(read_sources(argv[1], texts), texts)));
}

}  // namespace
}  // namespace skipbench

int main(int argc, char** argv) {
  try {
    skipbench::run(argc, argv);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "write_source_hashes: %s\n", error.what());
    return 2;
  }
}
