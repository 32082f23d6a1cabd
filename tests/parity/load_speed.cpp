// How fast a Hugging Face folder loads, against plain reading of the same files, in turns:
//
//   load_speed FOLDER DEVICE DTYPE [PAIRS]
//
// Reading: the same number of threads read the files in the same pieces into one buffer, and
// nothing else. Loading: headers, checks, allocation, reading, copies to the device and waiting for
// them. Both find the files in the page cache after the first, untimed pair, or both do not where
// they do not fit.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include "harness/checkpoint/hf/hf_checkpoint.h"
#include "harness/checkpoint/hf/hf_tensors.h"
#include "kernels/base/error.h"

namespace skipbench {
namespace {

constexpr int64_t kPiece = int64_t{1} << 20;
constexpr int64_t kPiecesAtOnce = 32;

at::ScalarType dtype_of(const std::string& name) {
  if (name == "float32") return at::kFloat;
  if (name == "bfloat16") return at::kBFloat16;
  if (name == "float16") return at::kHalf;
  throw InputError("unknown dtype '" + name + "'; expected float32, bfloat16 or float16");
}

template <class Work>
double seconds_of(const Work& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

void read_all(const std::vector<std::filesystem::path>& files, std::vector<char>& buffer) {
  for (const auto& path : files) {
    const MappedFile file(path);
    const auto size = static_cast<int64_t>(file.bytes().size());
    for (int64_t at = 0; at < size; at += kPiece * kPiecesAtOnce) {
      const int64_t pieces = (std::min(kPiece * kPiecesAtOnce, size - at) + kPiece - 1) / kPiece;
      at::parallel_for(0, pieces, 1, [&](int64_t begin, int64_t end) {
        const int64_t from = begin * kPiece, to = std::min(end * kPiece, size - at);
        file.read(static_cast<uint64_t>(at + from), static_cast<size_t>(to - from),
                  buffer.data() + from);
      });
    }
  }
}

int measure(int argc, char** argv) {
  if (argc < 4) throw InputError("usage: load_speed FOLDER DEVICE DTYPE [PAIRS]");
  const at::Device device(argv[2]);
  const at::ScalarType dtype = dtype_of(argv[3]);
  const int pairs = argc > 4 ? std::stoi(argv[4]) : 3;
  const auto files = hf_weight_files(argv[1]);
  double bytes = 0;
  for (const auto& file : files) bytes += static_cast<double>(std::filesystem::file_size(file));
  std::vector<char> buffer(kPiece * kPiecesAtOnce);
  at::empty({1}, at::TensorOptions(device));  // the device's start-up is nobody's

  std::vector<double> shares;
  for (int pair = 0; pair <= pairs; ++pair) {
    const double reading = seconds_of([&] { read_all(files, buffer); });
    const double loading = seconds_of([&] {
      const auto source = open_hf_checkpoint(argv[1]);
      source->load(source->config(), device, dtype);
    });
    fmt::print("{:6} read {:6.2f} s = {:5.2f} GB/s  load {:6.2f} s = {:5.2f} GB/s  {:3.0f}%\n",
               pair == 0 ? "first" : "", reading, bytes / reading / 1e9, loading,
               bytes / loading / 1e9, 100 * reading / loading);
    std::fflush(stdout);
    if (pair > 0) shares.push_back(reading / loading);
  }
  std::sort(shares.begin(), shares.end());
  fmt::print("{:.1f} GB, {} threads: loads at {:.0f}% of the speed of reading (median of {})\n",
             bytes / 1e9, at::get_num_threads(), 100 * shares[shares.size() / 2], pairs);
  return 0;
}

}  // namespace
}  // namespace skipbench

int main(int argc, char** argv) {
  try {
    return skipbench::measure(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "load_speed: %s\n", error.what());
    return 2;
  }
}
