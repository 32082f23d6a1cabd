// The text side for comparison with outside software. Ids travel as int32.
//   text_dump encode GGUF PRE_TOKENIZER < text > ids     (bytes per CPU second on standard error)
//   text_dump decode GGUF keep|skip < ids > text         (special tokens kept or skipped)
//   text_dump encode-json TOKENIZER_JSON < text > ids, offsets  (as many of both; the same)
//   text_dump decode-json TOKENIZER_JSON keep|skip < ids > text
//   text_dump chat JINJA_FILE < message > prompt text    (the template's name on standard error)
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <ctime>
#include <fstream>
#include <iostream>
#include <iterator>

#include "harness/base/json_file.h"
#include "harness/checkpoint/gguf/gguf_text.h"
#include "harness/text/chat_template.h"
#include "harness/text/tokenizer_json.h"
#include "harness/text/utf8.h"

namespace skipbench {
namespace {

std::string read_all(std::istream& stream) {
  return {std::istreambuf_iterator<char>(stream), {}};
}

void write(const void* bytes, size_t count) {
  std::cout.write(static_cast<const char*>(bytes), static_cast<std::streamsize>(count));
}

TokenizerSpec spec_of(const char* gguf) {
  return gguf_tokenizer_spec(GgufFile(gguf));
}

TokenizerSpec json_spec_of(const char* file) {
  return read_tokenizer_json(JsonFields(read_json_file(file, size_t{128} << 20), file));
}

Encoding encode(const Tokenizer& tokenizer) {
  const std::string text = read_all(std::cin);
  const std::clock_t start = std::clock();
  Encoding encoding = tokenizer.encode_with_offsets(text, false, true);
  const double seconds = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  fmt::print(stderr, "{:.0f}", static_cast<double>(text.size()) / std::max(seconds, 1e-6));
  write(encoding.ids.data(), encoding.ids.size() * sizeof(TokenId));
  return encoding;
}

void encode_gguf(const char* gguf, const char* pre_tokenizer) {
  TokenizerSpec spec = spec_of(gguf);
  spec.pre_tokenizer = pre_tokenizer_from_name(pre_tokenizer);
  spec.whole_words = spec.pre_tokenizer == PreTokenizer::kLlamaBpe;
  encode(Tokenizer(std::move(spec)));
}

void encode_json(const char* file) {
  const Encoding encoding = encode(Tokenizer(json_spec_of(file)));
  const std::vector<TokenId> begins(encoding.begins.begin(), encoding.begins.end());
  write(begins.data(), begins.size() * sizeof(TokenId));
}

void decode(const Tokenizer& tokenizer, bool skip_special) {
  const std::string bytes = read_all(std::cin);
  std::vector<TokenId> ids(bytes.size() / sizeof(TokenId));
  std::memcpy(ids.data(), bytes.data(), ids.size() * sizeof(TokenId));
  const std::string text = tokenizer.decode(ids, skip_special);
  write(text.data(), text.size());
}

void chat(const char* jinja_file) {
  std::ifstream stream(jinja_file, std::ios::binary);
  const std::string jinja = read_all(stream), message = read_all(std::cin);
  const ChatTemplate family = recognise_chat_template(jinja);
  const ChatFrame frame = chat_frame(family, jinja);
  const std::string_view content = frame.strips_message ? strip(message) : message;
  fmt::print(stderr, "{}", chat_template_name(family));
  fmt::print("{}{}{}", frame.prefix, content, frame.suffix);
}

}  // namespace
}  // namespace skipbench

int main(int argc, char** argv) {
  const std::string command = argc > 2 ? argv[1] : "";
  if (command == "encode" && argc == 4) {
    skipbench::encode_gguf(argv[2], argv[3]);
  } else if (command == "encode-json" && argc == 3) {
    skipbench::encode_json(argv[2]);
  } else if (command == "decode" && argc == 4) {
    skipbench::decode(skipbench::Tokenizer(skipbench::spec_of(argv[2])),
                      std::string_view(argv[3]) == "skip");
  } else if (command == "decode-json" && argc == 4) {
    skipbench::decode(skipbench::Tokenizer(skipbench::json_spec_of(argv[2])),
                      std::string_view(argv[3]) == "skip");
  } else if (command == "chat") {
    skipbench::chat(argv[2]);
  } else {
    fmt::print(stderr, "usage: see the head of text_dump.cpp\n");
    return 2;
  }
  return 0;
}
