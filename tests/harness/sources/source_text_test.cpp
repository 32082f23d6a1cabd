#include "harness/sources/source_text.h"

#include <gmock/gmock.h>

namespace skipbench {
namespace {

using testing::ElementsAre;

TEST(CountedText, LeavesOutCommentsAndLayout) {
  EXPECT_EQ(counted_text("int  f(  int a,\n       int b);  // adds\n/* no\nmore */\n"),
            counted_text("int f(int a, int b);"));
  EXPECT_EQ(counted_text("int f(\n    int a);"), counted_text("int f(int a);"));
}

TEST(CountedText, KeepsWhatStandsInStringsAndCharacters) {
  EXPECT_EQ(counted_text(R"(a = "x  // y";)"), R"(a="x  // y";)");
  EXPECT_EQ(counted_text(R"(a = "\"/*"; /* b */ c = '"'; // d)"), R"(a="\"/*";c='"';)");
  EXPECT_EQ(counted_text("a = R\"q(x )\" // y )q\"; // z"), "a=R\"q(x )\" // y )q\";");
  EXPECT_EQ(counted_text("a = 1'000; // b's"), "a=1'000;");
}

TEST(CountedText, KeepsTokensApart) {
  EXPECT_NE(counted_text("a + +b"), counted_text("a ++ b"));
  EXPECT_NE(counted_text("int x;"), counted_text("intx;"));
  EXPECT_NE(counted_text("a/**/b"), counted_text("ab"));
  EXPECT_NE(counted_text("L \"x\""), counted_text("L\"x\""));
}

TEST(CountedText, KeepsTheEndsOfDirectives) {
  EXPECT_NE(counted_text("#define A b\nc"), counted_text("#define A b c"));
  EXPECT_NE(counted_text("#define F(x) x"), counted_text("#define F (x) x"));
  EXPECT_EQ(counted_text("#define A \\\n  b\nc"), counted_text("#define A b  // d\n\nc"));
}

TEST(CountedText, ReadsAFileThatBreaksOff) {
  EXPECT_EQ(counted_text("a /* b"), "a");
  EXPECT_EQ(counted_text("a = \"b"), "a=\"b");
  EXPECT_EQ(counted_text("a = R\"(b"), "a=R\"(b");
}

TEST(IncludedHeaders, AreTheProjectsOwn) {
  EXPECT_THAT(included_headers(counted_text("// #include \"gone.h\"\n"
                                            "#include <vector>\n\n"
                                            "#include \"methods/spts.h\"  // first\n"
                                            "  #include \"kernels/base/json.h\"\n")),
              ElementsAre("methods/spts.h", "kernels/base/json.h"));
}

}  // namespace
}  // namespace skipbench
