#pragma once

#include <span>
#include <string_view>

namespace skipbench {

/// A text file that was put into the program at build time (embed_texts.cmake).
struct EmbeddedText {
  std::string_view name;  // the file's name without its ending
  std::string_view text;
};

}  // namespace skipbench
