#include "harness/store/database.h"

#include <gmock/gmock.h>

#include <vector>

#include "tests/support/scratch_folder.h"

namespace skipbench {
namespace {

using testing::ElementsAre;

class DatabaseTest : public testing::Test {
 protected:
  DatabaseTest() {
    database_.execute("CREATE TABLE number (n INTEGER); INSERT INTO number VALUES (1), (2), (3)");
  }

  ScratchFolder folder_;
  Database database_{folder_ / "numbers.db", Database::Mode::kReadWrite};
};

TEST_F(DatabaseTest, ALoopIsNotDisturbedByItsOwnStatementInItsBody) {
  constexpr const char* kAbove = "SELECT n FROM number WHERE n > ? ORDER BY n";
  std::vector<int64_t> outer, inner;
  Statement& rows = database_.statement(kAbove).bind(0);
  while (rows.step() && outer.size() < 10) {
    outer.push_back(rows.integer(0));
    Statement& above = database_.statement(kAbove).bind(rows.integer(0));
    while (above.step()) inner.push_back(above.integer(0));
  }
  EXPECT_THAT(outer, ElementsAre(1, 2, 3));
  EXPECT_THAT(inner, ElementsAre(2, 3, 3));
}

TEST_F(DatabaseTest, AStatementThatIsDoneIsUsedAgain) {
  constexpr const char* kAll = "SELECT n FROM number";
  Statement& first = database_.statement(kAll);
  while (first.step()) {
  }
  EXPECT_EQ(&database_.statement(kAll), &first);
  ASSERT_TRUE(first.step());
  EXPECT_NE(&database_.statement(kAll), &first);
  first.reset();
  EXPECT_FALSE(first.busy());
}

}  // namespace
}  // namespace skipbench
