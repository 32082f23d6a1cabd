#pragma once

#include <memory>
#include <string_view>

#include "harness/text/tokenizer.h"

namespace skipbench {

/// Cuts text into the words inside which byte-pair merging takes place, by the rule published with
/// each tokenizer family. Every byte of the text belongs to exactly one word.
class WordSplitter {
 public:
  explicit WordSplitter(PreTokenizer kind);
  ~WordSplitter();

  /// Walks over the words of one text, in time linear in its length. Several cursors may run at
  /// once, each in its own thread.
  class Cursor {
   public:
    /// `text`: valid UTF-8; it must outlive the cursor.
    Cursor(const WordSplitter& splitter, std::string_view text);
    ~Cursor();
    /// The next word, or an empty view at the end.
    std::string_view next();

   private:
    struct State;
    std::unique_ptr<State> state_;
  };

 private:
  struct Pattern;
  PreTokenizer kind_;
  std::unique_ptr<Pattern> pattern_;  // null for kinds without an expression
};

}  // namespace skipbench
