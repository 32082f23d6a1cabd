// gguf_dequantize_dump TYPE: blocks on standard input, fp32 numbers on standard output.
#include <fmt/format.h>

#include <iostream>
#include <iterator>
#include <string>
#include <vector>

#include "harness/checkpoint/gguf/gguf_dequantize.h"

int main(int argc, char** argv) {
  const std::string name = argc == 2 ? argv[1] : "";
  const std::string blocks{std::istreambuf_iterator<char>(std::cin), {}};
  for (const auto& type : skipbench::gguf_tensor_types()) {
    if (type.name != name) continue;
    const auto count = static_cast<int64_t>(blocks.size()) / type.block_bytes;
    std::vector<float> numbers(count * type.block_size);
    skipbench::gguf_dequantize(type, blocks.data(), count, numbers.data());
    std::cout.write(reinterpret_cast<const char*>(numbers.data()),
                    static_cast<std::streamsize>(numbers.size() * sizeof(float)));
    return 0;
  }
  fmt::print(stderr, "usage: gguf_dequantize_dump TYPE < blocks > floats; types: {}\n",
             skipbench::readable_gguf_tensor_types());
  return 2;
}
