#include "harness/store/claims.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "kernels/base/error.h"
#include "tests/support/scratch_folder.h"

namespace skipbench {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

class ClaimsTest : public testing::Test {
 protected:
  /// Whether another process gets the claim.
  bool another_process_takes(const std::string& name) const {
    const pid_t child = fork();
    if (child == 0) _exit(Claims(database_).take(name) ? 0 : 1);
    int status = 0;
    waitpid(child, &status, 0);
    return status == 0;
  }

  ScratchFolder folder_;
  const std::filesystem::path database_ = folder_ / "demo.db";
  const std::filesystem::path file_ = folder_ / "demo.db-claims";
};

TEST_F(ClaimsTest, KeepOthersAwayFromOneSampleUntilItIsGivenBack) {
  Claims mine(database_);
  EXPECT_TRUE(mine.take("sample 1"));
  EXPECT_FALSE(another_process_takes("sample 1"));
  EXPECT_TRUE(another_process_takes("sample 2"));
  mine.give_back("sample 1");
  EXPECT_TRUE(another_process_takes("sample 1"));
}

TEST_F(ClaimsTest, HoldBetweenTwoRunsOfOneProcessToo) {
  Claims first(database_), second(database_);
  EXPECT_TRUE(first.take("sample"));
  EXPECT_FALSE(second.take("sample"));
}

TEST_F(ClaimsTest, EndWithTheProcessThatIsKilled) {
  const pid_t child = fork();
  if (child == 0) {
    Claims claims(database_);
    claims.take("sample");
    kill(getpid(), SIGKILL);
  }
  waitpid(child, nullptr, 0);
  EXPECT_TRUE(Claims(database_).take("sample"));
}

TEST_F(ClaimsTest, LeaveNoFileBehindOnceNobodyHasOne) {
  auto first = std::make_unique<Claims>(database_), second = std::make_unique<Claims>(database_);
  first->take("one");
  second->take("two");
  first.reset();
  EXPECT_TRUE(std::filesystem::exists(file_));
  EXPECT_FALSE(another_process_takes("two"));
  second.reset();
  EXPECT_FALSE(std::filesystem::exists(file_));
}

TEST_F(ClaimsTest, AreNotFooledByAFileThatWasRemovedMeanwhile) {
  Claims early(database_);
  { Claims gone(database_); }  // removes the file: nobody has a claim
  Claims late(database_);
  EXPECT_TRUE(late.take("sample"));
  EXPECT_FALSE(early.take("sample"));
}

// What fcntl() says on file systems without locks, or without those of open files.
TEST_F(ClaimsTest, AreNotWonWhereTheFileSystemHasNoLocks) {
  for (const int reason : {ENOLCK, EOPNOTSUPP, ENOSYS, EINVAL}) {
    {
      Claims claims(database_, [reason](int, struct flock&) {
        errno = reason;
        return -1;
      });
      EXPECT_THAT([&] { claims.take("sample"); },
                  ThrowsMessage<InputError>(AllOf(HasSubstr(file_.string()),
                                                  HasSubstr(strerror(reason)), HasSubstr("--db"))));
      claims.give_back("sample");
    }
    // Others may be measuring: it is not ours to remove.
    EXPECT_TRUE(std::filesystem::exists(file_));
  }
}

TEST_F(ClaimsTest, SayWhyTheirFileCannotBeOpenedAndWhatToDo) {
  EXPECT_THAT([&] { Claims(folder_ / "nowhere/demo.db"); },
              ThrowsMessage<InputError>(HasSubstr("demo.db-claims: cannot be opened for writing: "
                                                  "No such file or directory")));
  std::filesystem::create_directory(file_);
  EXPECT_THAT([&] { Claims claims(database_); },
              ThrowsMessage<InputError>(AllOf(
                  HasSubstr(file_.string()), HasSubstr("Is a directory"), HasSubstr("remove it"))));
}

}  // namespace
}  // namespace skipbench
