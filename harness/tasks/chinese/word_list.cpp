#include "harness/tasks/chinese/word_list.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "harness/base/mapped_file.h"
#include "harness/tasks/metrics/unicode.h"
#include "kernels/base/error.h"

namespace skipbench {
namespace {

constexpr size_t kFirstSize = size_t{1} << 20;  // jieba's list fills half of it

struct Entry {
  std::string_view word;
  int64_t count;
};

Entry parse(std::string_view line, const std::filesystem::path& file, size_t number) {
  const size_t space = line.find(' ');
  Entry entry{line.substr(0, space), -1};
  if (space != std::string_view::npos && space > 0) {
    std::from_chars(line.data() + space + 1, line.data() + line.size(), entry.count);
  }
  if (entry.count < 0) {
    throw InputError(
        fmt::format("{}:{}: got '{}', expected a word and its count", file.string(), number, line));
  }
  return entry;
}

uint64_t link_key(WordList::Node node, char32_t character) {
  return uint64_t{node} << 21 | character;  // code points have 21 bits
}

}  // namespace

WordList::WordList(const std::filesystem::path& file) : links_(kFirstSize), log_shares_{kNoWord} {
  const MappedFile content(file);
  std::string_view rest = content.bytes();
  int64_t total = 0;
  for (size_t number = 1; !rest.empty(); ++number) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    const Entry entry = parse(rest.substr(0, end), file, number);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    total += entry.count;
    add(entry.word, std::log(static_cast<double>(entry.count)));
  }
  if (total == 0) throw InputError(fmt::format("{}: holds no words", file.string()));
  log_total_ = std::log(static_cast<double>(total));
  for (double& value : log_shares_) {
    if (value != kNoWord) value -= log_total_;
  }
}

size_t WordList::slot(uint64_t key) const {
  const size_t mask = links_.size() - 1;
  size_t at = (key * 0x9E3779B97F4A7C15ull >> 40) & mask;
  while (links_[at].child != kNowhere && links_[at].key != key) at = (at + 1) & mask;
  return at;
}

WordList::Node WordList::next(Node node, char32_t character) const {
  return links_[slot(link_key(node, character))].child;
}

WordList::Node WordList::add_next(Node node, char32_t character) {
  const uint64_t key = link_key(node, character);
  size_t at = slot(key);
  if (links_[at].child == kNowhere) {
    if (2 * log_shares_.size() > links_.size()) {
      grow();
      at = slot(key);
    }
    links_[at] = {key, static_cast<Node>(log_shares_.size())};
    log_shares_.push_back(kNoWord);
  }
  return links_[at].child;
}

void WordList::add(std::string_view word, double log_count) {
  Node node = kRoot;
  for (size_t at = 0; at < word.size();) node = add_next(node, next_code_point(word, at));
  log_shares_[node] = std::isinf(log_count) ? kNoWord : log_count;
}

void WordList::grow() {
  std::vector<Link> old(links_.size() * 2);
  old.swap(links_);
  for (const Link& link : old) {
    if (link.child != kNowhere) links_[slot(link.key)] = link;
  }
}

}  // namespace skipbench
