// The Chinese segmenter for comparison with jieba: a JSON text a line in, a JSON list of its words
// a line out.
#include <iostream>
#include <string>
#include <vector>

#include "harness/tasks/chinese/segmenter.h"
#include "kernels/base/json.h"

int main() {
  std::ios::sync_with_stdio(false);
  const skipbench::Segmenter& segmenter = skipbench::chinese_segmenter();
  for (std::string line; std::getline(std::cin, line);) {
    const auto text = skipbench::Json::parse(line).get<std::string>();
    std::cout << skipbench::Json(segmenter.cut(text)) << '\n';
  }
}
