#pragma once

#include "methods/interface/method_entry.h"

namespace skipbench {

/// Parameters of FTP's FFN skipping (OpenReview fL8Zp8o6RL).
struct FtpFfnParameters {
  int64_t full_layers = 10;
  double eta = 1.0;
  int64_t window = 50;
  int64_t first = 100;
  int64_t last = 50;

  template <class Visitor>
  void visit(Visitor& v) {
    constexpr std::string_view kSource = "OpenReview fL8Zp8o6RL, a note on the paper";
    constexpr std::string_view kForced =
        "OpenReview fL8Zp8o6RL, a note on the paper; on top of eta: inferred";
    v("full_layers", full_layers,
      Field{.help = "leading layers whose FFN runs for all (F)", .source = kSource, .low = 0});
    v("eta", eta,
      Field{.help = "the tokens with the highest scores run the FFN, as few as hold this share of "
                    "all scores; 1: every token",
            .source = kSource,
            .low = 0,
            .high = 1,
            .required = true});
    v("window", window,
      Field{.help = "last living tokens whose attention scores the others",
            .source = kSource,
            .low = 1});
    v("first", first,
      Field{.help = "so many first tokens run the FFN on top", .source = kForced, .low = 0});
    v("last", last,
      Field{.help = "so many last tokens run the FFN on top", .source = kForced, .low = 1});
  }

  void select_everything() { eta = 1.0; }
};

MethodEntry ftp_ffn_method();

}  // namespace skipbench
