#include <gmock/gmock.h>

#include <set>

#include "kernels/base/error.h"
#include "tests/harness/tasks/support/make_task.h"

namespace skipbench {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(Tasks, HaveDifferentNamesAndASummary) {
  std::set<std::string_view> names;
  for (const TaskEntry& task : all_tasks()) {
    names.insert(task.name);
    EXPECT_FALSE(task.summary.empty()) << task.name;
  }
  EXPECT_EQ(names.size(), all_tasks().size());
}

TEST(Tasks, AllTakeALimitAndExplainTheirParameters) {
  for (const TaskEntry& task : all_tasks()) {
    bool limit = false;
    for (const FieldDescription& field : task.describe()) {
      limit |= field.name == "limit";
      EXPECT_FALSE(field.help.empty()) << task.name << " " << field.name;
    }
    EXPECT_TRUE(limit) << task.name;
  }
}

TEST(Tasks, SayWhatTheirLengthsAreLengthsOf) {
  for (const TaskEntry& task : all_tasks()) {
    for (const FieldDescription& field : task.describe()) {
      if (field.name != "lengths") continue;
      if (task.name == "speed") {
        EXPECT_THAT(field.help, HasSubstr("prompt lengths"));
      } else {
        EXPECT_THAT(field.help, HasSubstr("chat template and answer prefix come on top"));
      }
    }
  }
}

TEST(Tasks, AMisspeltNameGetsTheNearestOne) {
  EXPECT_THAT([] { find_task("neddle"); },
              testing::ThrowsMessage<InputError>("unknown task 'neddle'; did you mean 'needle'?"));
}

TEST(Tasks, RefuseUnknownParametersAndEmptyOrRepeatedLengths) {
  EXPECT_THAT(problems_of("needle", {{"length", {5}}}),
              ElementsAre("length: unknown parameter; did you mean 'lengths'?"));
  for (const char* task : {"needle", "embedded_qa", "speed"}) {
    EXPECT_THAT(problems_of(task, {{"lengths", Json::array()}}),
                ElementsAre("lengths: got [], expected at least one length"));
    EXPECT_THAT(problems_of(task, {{"lengths", {512, 512}}}),
                ElementsAre(HasSubstr("lengths[1]: got 512 a second time")));
    EXPECT_THAT(problems_of(task, {{"lengths", {0}}}), ElementsAre(HasSubstr("lengths[0]: got 0")));
    EXPECT_THAT(problems_of(task, {{"limit", -1}}), ElementsAre(HasSubstr("limit: got -1")));
  }
}

}  // namespace
}  // namespace skipbench
