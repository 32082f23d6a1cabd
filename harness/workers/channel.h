#pragma once

#include <optional>
#include <string>

#include "kernels/base/json.h"

namespace skipbench {

/// One end of a socket over which two processes exchange JSON, one message a line.
class Channel {
 public:
  /// Owns the descriptor; a negative one is none.
  explicit Channel(int descriptor);
  ~Channel();
  Channel(Channel&& other) noexcept;
  Channel& operator=(Channel&& other) noexcept;

  int descriptor() const { return descriptor_; }

  /// False when the other end is gone.
  bool send(const Json& message);
  /// Takes in what has arrived, waiting if that is nothing; false when the other end is gone.
  bool fill();
  /// The next whole message of what was taken in.
  std::optional<Json> next();
  /// The next message, waiting for it; nothing when the other end is gone.
  std::optional<Json> receive();
  /// The next message if one has arrived. Sets `gone` when none ever will.
  std::optional<Json> poll(bool& gone);

 private:
  int descriptor_;
  std::string received_;
};

}  // namespace skipbench
