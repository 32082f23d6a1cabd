#pragma once

#include <string>

#include "methods/interface/method_entry.h"
#include "methods/sparse/no_limit.h"

namespace skipbench {

/// Parameters of StreamingLLM's cache (arXiv 2309.17453).
struct StreamingLlmParameters {
  Budget keep;
  int64_t sinks = 4;
  std::string positions = "cache";
  bool evict = true;

  template <class Visitor>
  void visit(Visitor& v) {
    v("keep", keep,
      Field{.help =
                "rows that each layer's cache holds after the prompt, sinks included, and while "
                "decoding where evict is true; 1.0: no limit",
            .source = "authors' code: 2004 in the chat demo; a share of the prompt stays that many "
                      "tokens: inferred",
            .required = true});
    v("sinks", sinks,
      Field{
          .help = "first prompt tokens that are always kept", .source = "authors' code", .low = 0});
    v("positions", positions,
      Field{.help = "RoPE positions of cached keys while decoding: 'cache', their places in the "
                    "cache, so that the sinks stand right before the window; 'original', in the "
                    "prompt",
            .source = "authors' code; original: kvpress and KVCache-Factory",
            .choices = {"cache", "original"}});
    v("evict", evict,
      Field{.help = "while decoding the window moves on and the cache stays as it is; false: it "
                    "grows",
            .source = "authors' code, perplexity; false: its chat demo, kvpress, KVCache-Factory"});
  }

  void select_everything() { keep = kNoLimit; }
  /// Where nothing leaves the cache, no token has to be protected.
  void canonicalise(const ModelConfig&) {
    if (keep == Budget::share(1.0)) *this = {.keep = keep};
  }
};

MethodEntry streamingllm_method();

}  // namespace skipbench
