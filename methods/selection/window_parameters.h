#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kernels/model/model_config.h"
#include "methods/interface/parameters.h"

namespace skipbench {

/// How the prompt's last queries score what stands before them (SnapKV, arXiv 2404.14469).
struct WindowParameters {
  int64_t window = 64;
  int64_t pool = 5;
  std::string pooling = "avg";
  std::string gqa = "kv";

  bool takes_maximum() const { return pooling == "max"; }
  bool by_query_head() const { return gqa == "query"; }

  template <class Visitor>
  void visit(Visitor& v) {
    v("window", window,
      Field{
          .help = "last living tokens: their queries score the others, and they are always kept",
          .source = "authors' code: 64 by default, 32 on LongBench; kvpress 64, KVCache-Factory 8",
          .low = 1});
    v("pool", pool,
      Field{.help = "neighbouring tokens that share their scores; odd, 1 for none",
            .source = "authors' code: 5 by default, 7 on LongBench; kvpress 5, KVCache-Factory 7",
            .low = 1});
    v("pooling", pooling,
      Field{.help = "neighbours share the mean or the maximum of their scores",
            .source = "authors' code: avg by default, max on LongBench; kvpress avg, "
                      "KVCache-Factory max",
            .choices = {"avg", "max"}});
    v("gqa", gqa,
      Field{.help = "who keeps a list of tokens: 'query', each query head, in a cache that holds K "
                    "and V once a query head; 'kv', each KV head, by the sum of its query heads' "
                    "pooled scores; 'kv_before_pool', the same summed before pooling",
            .source = "query: SnapKV's and KVCache-Factory's code; kv: kvpress; kv_before_pool: an "
                      "option of KVCache-Factory",
            .choices = {"query", "kv", "kv_before_pool"}});
  }

  void check(std::vector<ParameterProblem>& problems) const { check_pool(pool, problems); }

  /// A neighbourhood of one has one mean and the same maximum, a KV head of one query head one
  /// list.
  void canonicalise(const ModelConfig& config) {
    if (pool == 1) pooling = WindowParameters{}.pooling;
    if (config.queries_per_kv_head() == 1) gqa = WindowParameters{}.gqa;
  }

  static void check_pool(int64_t pool, std::vector<ParameterProblem>& problems) {
    if (pool % 2 == 1) return;
    problems.push_back({"pool", fmt::format("got {}, expected an odd number", pool)});
  }
};

}  // namespace skipbench
