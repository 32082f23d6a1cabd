#include "harness/text/special_tokens.h"

namespace skipbench {

int SpecialTokens::Node::child(char byte) const {
  for (const auto& [label, node] : children) {
    if (label == byte) return node;
  }
  return -1;
}

void SpecialTokens::add(std::string_view text, TokenId token) {
  if (text.empty()) return;
  starts_[static_cast<unsigned char>(text.front())] = true;
  int node = 0;
  for (char byte : text) {
    int next = nodes_[node].child(byte);
    if (next < 0) {
      next = static_cast<int>(nodes_.size());
      nodes_[node].children.emplace_back(byte, next);
      nodes_.emplace_back();
    }
    node = next;
  }
  nodes_[node].token = token;
}

SpecialTokens::Match SpecialTokens::longest_at(std::string_view text, size_t begin) const {
  Match match;
  int node = 0;
  for (size_t at = begin; at < text.size(); ++at) {
    node = nodes_[node].child(text[at]);
    if (node < 0) break;
    if (nodes_[node].token >= 0) match = {begin, at + 1 - begin, nodes_[node].token};
  }
  return match;
}

SpecialTokens::Match SpecialTokens::find(std::string_view text, size_t from) const {
  for (size_t at = from; at < text.size(); ++at) {
    if (!starts_[static_cast<unsigned char>(text[at])]) continue;
    const Match match = longest_at(text, at);
    if (match.token >= 0) return match;
  }
  return {text.size(), 0, -1};
}

}  // namespace skipbench
