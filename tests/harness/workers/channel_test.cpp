#include "harness/workers/channel.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

namespace skipbench {
namespace {

class ChannelTest : public testing::Test {
 protected:
  ChannelTest() {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) throw std::runtime_error("no socket");
    left_ = Channel(ends[0]);
    right_ = Channel(ends[1]);
  }

  Channel left_{-1}, right_{-1};
};

TEST_F(ChannelTest, DeliversMessagesInOrder) {
  EXPECT_TRUE(left_.send({{"measure", {0, 1, 2, 3}}}));
  EXPECT_TRUE(left_.send("two\nlines"));
  EXPECT_EQ(right_.receive()->at("measure").at(3), 3);
  EXPECT_EQ(*right_.receive(), "two\nlines");
}

TEST_F(ChannelTest, DeliversWhatIsLargerThanTheSystemsBuffers) {
  const std::string large(5'000'000, 'x');
  std::thread sender([&] { left_.send(large); });
  EXPECT_EQ(*right_.receive(), large);
  sender.join();
}

TEST_F(ChannelTest, WaitsForTheRestOfALine) {
  ASSERT_EQ(write(left_.descriptor(), "{\"note\": ", 9), 9);
  bool gone = false;
  EXPECT_FALSE(right_.poll(gone).has_value());
  EXPECT_FALSE(gone);
  ASSERT_EQ(write(left_.descriptor(), "\"x\"}\n", 5), 5);
  EXPECT_EQ(right_.poll(gone)->at("note"), "x");
}

TEST_F(ChannelTest, TellsWhenTheOtherEndIsGone) {
  left_.send("last");
  { const Channel closed = std::move(left_); }
  bool gone = false;
  EXPECT_EQ(*right_.poll(gone), "last");
  EXPECT_FALSE(right_.poll(gone).has_value());
  EXPECT_TRUE(gone);
  EXPECT_FALSE(right_.receive().has_value());
  EXPECT_FALSE(right_.send("into nothing"));
}

TEST_F(ChannelTest, SendsBytesThatAreNoText) {
  left_.send("broken \xff text");
  EXPECT_EQ(*right_.receive(), "broken \xef\xbf\xbd text");
}

}  // namespace
}  // namespace skipbench
