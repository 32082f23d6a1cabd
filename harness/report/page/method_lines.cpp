#include "harness/report/page/method_lines.h"
#include "harness/base/add_once.h"

#include <algorithm>
#include <cctype>
#include <sstream>
#include <vector>

namespace skipbench {
namespace {

using OrderedJson = nlohmann::ordered_json;

/// "2601.13155".
bool is_arxiv_id(const std::string& paper) {
  return paper.size() == 10 && paper[4] == '.' &&
         std::count_if(paper.begin(), paper.end(),
                       [](unsigned char c) { return std::isdigit(c) != 0; }) == 9;
}

OrderedJson paper_link(const std::string& paper) {
  constexpr std::string_view kOpenReview = "OpenReview ";
  if (is_arxiv_id(paper)) return {"arXiv " + paper, "https://arxiv.org/abs/" + paper};
  if (paper.starts_with(kOpenReview)) {
    return {paper, "https://openreview.net/forum?id=" + paper.substr(kOpenReview.size())};
  }
  return {paper, ""};
}

/// "spts" and "snapkv" of "spts+snapkv".
std::vector<std::string> parts_of(const std::string& method) {
  std::vector<std::string> parts;
  std::istringstream text(method);
  for (std::string part; std::getline(text, part, '+');) parts.push_back(part);
  return parts;
}

}  // namespace

OrderedJson method_lines(const ModelCells& model, std::span<const MethodIntro> methods) {
  std::vector<std::string> used;
  for (const JudgedCell& cell : model.cells) {
    for (const std::string& part : parts_of(cell.record.plan.method)) {
      add_once(used, part);
    }
  }
  OrderedJson lines = OrderedJson::array();
  for (const std::string& name : used) {
    const auto intro = std::find_if(methods.begin(), methods.end(),
                                    [&](const MethodIntro& each) { return each.name == name; });
    if (intro == methods.end()) continue;
    lines.push_back({{"name", name},
                     {"summary", intro->summary},
                     {"papers", OrderedJson::array({paper_link(intro->paper)})}});
  }
  return lines;
}

}  // namespace skipbench
