#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/base/json.h"

namespace skipbench {

/// Writes safetensors files for tests, honest ones and, through the header, lying ones.
class SafetensorsWriter {
 public:
  /// One more tensor behind those before; `bytes` are its data as they are.
  void add(const std::string& name, const std::string& dtype, const std::vector<int64_t>& shape,
           std::string_view bytes);
  void add_floats(const std::string& name, const std::vector<int64_t>& shape,
                  const std::vector<float>& values);

  Json header = Json::object();  // as it will be written
  std::string bytes() const { return file_of(header.dump(), data_); }
  void write(const std::filesystem::path& file) const;

  /// A file of any header and data.
  static std::string file_of(std::string_view header, std::string_view data);

 private:
  std::string data_;
};

}  // namespace skipbench
