#include "harness/workers/channel.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>
#include <utility>

namespace skipbench {

Channel::Channel(int descriptor) : descriptor_(descriptor) {}

Channel::~Channel() {
  if (descriptor_ >= 0) close(descriptor_);
}

Channel::Channel(Channel&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), received_(std::move(other.received_)) {}

Channel& Channel::operator=(Channel&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(received_, other.received_);
  return *this;
}

bool Channel::send(const Json& message) {
  // A library's error text may hold bytes that are no UTF-8.
  const std::string line = message.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  for (std::string_view rest = line; !rest.empty();) {
    const ssize_t sent = ::send(descriptor_, rest.data(), rest.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return false;
    rest.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

bool Channel::fill() {
  std::array<char, 4096> buffer;
  ssize_t size = 0;
  do {
    size = read(descriptor_, buffer.data(), buffer.size());
  } while (size < 0 && errno == EINTR);
  if (size <= 0) return false;
  received_.append(buffer.data(), static_cast<size_t>(size));
  return true;
}

std::optional<Json> Channel::next() {
  const size_t end = received_.find('\n');
  if (end == std::string::npos) return std::nullopt;
  Json message = Json::parse(received_.begin(), received_.begin() + static_cast<long>(end));
  received_.erase(0, end + 1);
  return message;
}

std::optional<Json> Channel::receive() {
  while (true) {
    if (std::optional<Json> message = next()) return message;
    if (!fill()) return std::nullopt;
  }
}

std::optional<Json> Channel::poll(bool& gone) {
  while (true) {
    if (std::optional<Json> message = next()) return message;
    pollfd wait{descriptor_, POLLIN, 0};
    if (::poll(&wait, 1, 0) <= 0) return std::nullopt;
    if (fill()) continue;
    gone = true;
    return std::nullopt;
  }
}

}  // namespace skipbench
