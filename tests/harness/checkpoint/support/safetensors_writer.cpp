#include "tests/harness/checkpoint/support/safetensors_writer.h"

#include <fstream>

namespace skipbench {

void SafetensorsWriter::add(const std::string& name, const std::string& dtype,
                            const std::vector<int64_t>& shape, std::string_view bytes) {
  const size_t begin = data_.size();
  data_ += bytes;
  header[name] = {{"dtype", dtype}, {"shape", shape}, {"data_offsets", {begin, data_.size()}}};
}

void SafetensorsWriter::add_floats(const std::string& name, const std::vector<int64_t>& shape,
                                   const std::vector<float>& values) {
  add(name, "F32", shape,
      {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)});
}

void SafetensorsWriter::write(const std::filesystem::path& file) const {
  std::ofstream(file, std::ios::binary) << bytes();
}

std::string SafetensorsWriter::file_of(std::string_view header, std::string_view data) {
  const uint64_t length = header.size();
  std::string file(reinterpret_cast<const char*>(&length), sizeof length);
  file += header;
  file += data;
  return file;
}

}  // namespace skipbench
