#include "methods/minference.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/methods/support/naive_sparse.h"

namespace skipbench::test {
namespace {

// The first lines, which are forced, as many as there is room for.
Positions forced_lines(const Json& forced, int64_t count) {
  return all_positions(std::min(forced.get<int64_t>(), count));
}

NaiveSees naive_minference_pattern(const NaiveSparseLayer& at) {
  const Json& p = at.params;
  const int64_t n = at.tokens(), vertical = p.at("vertical"), slash = p.at("slash");
  if (n <= vertical || n <= slash) return {};
  const at::Tensor paid = at.layer.probe_weights(at.live, p.at("window"));  // [w, H, N]
  const auto weights = paid.accessor<double, 3>();
  std::vector<Positions> columns;
  std::vector<std::vector<std::vector<bool>>> blocks;
  for (int64_t head = 0; head < at.heads(); ++head) {
    std::vector<double> down(n, 0.0), along(n, 0.0);
    for (int64_t row = 0; row < paid.size(0); ++row) {
      const int64_t i = n - paid.size(0) + row;
      for (int64_t j = 0; j <= i; ++j) {
        down[j] += weights[row][head][at.live[j]];
        along[i - j] += weights[row][head][at.live[j]];
      }
    }
    const Positions all = all_positions(n);
    columns.push_back(naive_top(down, all, vertical, forced_lines(p.at("first"), vertical)));
    blocks.emplace_back((n + 127) / 128, std::vector<bool>((n + 63) / 64, false));
    for (const int64_t distance : naive_top(along, all, slash, forced_lines(p.at("last"), slash))) {
      mark_diagonal(blocks.back(), distance);
    }
  }
  return [columns, blocks](int64_t head, int64_t i, int64_t j) {
    return blocks[head][i / 128][j / 64] ||
           std::binary_search(columns[head].begin(), columns[head].end(), j);
  };
}

Outcome naive_minference(const Model& model, const Prompt& prompt, const Json& p) {
  return naive_sparse(model, prompt, p, naive_minference_pattern);
}

constexpr const char* kSmallMinference =
    R"({"vertical": 12, "slash": 9, "window": 8, "first": 3, "last": 4, "layers": [0, 3, 6]})";

TEST(MInference, EqualsTheReferenceForEveryShape) {
  for (const TinyShape& shape : tiny_shapes()) {
    expect_equals("minference", naive_minference, shape, kSmallMinference, 330);
  }
}

TEST(MInference, EqualsTheReferenceAtEveryLength) {
  for (const int64_t length : {1, 12, 13, 64, 129, 193, 500}) {
    expect_equals("minference", naive_minference, tiny_llama(), kSmallMinference, length);
  }
}

TEST(MInference, EqualsTheReferenceAtTheEdgesOfItsParameters) {
  for (const char* params :
       {R"({"vertical": 1, "slash": 1, "window": 1, "first": 0, "last": 1, "layers": [2]})",
        R"({"vertical": 3, "slash": 70, "window": 300, "first": 30, "last": 100, "layers": [2]})",
        R"({"vertical": 290, "slash": 2, "window": 64, "first": 5, "last": 2, "layers": [2]})",
        R"({"vertical": 5, "slash": 5, "last": 3, "layers": [1, 6]})",
        R"({"vertical": 5, "slash": 5, "layers": []})", R"({"vertical": 300, "slash": 5})"}) {
    expect_equals("minference", naive_minference, tiny_llama(), params, 300);
    expect_equals("minference", naive_minference, tiny_shapes()[5], params, 300);
  }
}

TEST(MInference, CountsThePairsOfColumnsAndDiagonalsOnce) {
  for (const int64_t length : {130, 333, 700}) {
    expect_counts_pairs("minference", naive_minference_pattern, tiny_llama(), kSmallMinference,
                        length);
    expect_counts_pairs("minference", naive_minference_pattern, tiny_shapes()[6], kSmallMinference,
                        length);
  }
}

TEST(MInference, RefusesWhatDoesNotFit) {
  EXPECT_EQ(first_problem("minference", R"({"last": 0})"), "last");
  EXPECT_EQ(first_problem("minference", R"({"layers": [2, 2]})"), "layers[1]");
  expect_refused("minference", R"({"layers": [7, 8]})");
}

}  // namespace
}  // namespace skipbench::test
