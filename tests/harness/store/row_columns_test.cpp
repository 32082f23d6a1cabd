#include "harness/store/row_columns.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <regex>

#include "harness/store/database.h"
#include "harness/store/queries.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/stored_rows.h"

namespace skipbench {
namespace {

std::vector<std::string> columns(const std::filesystem::path& file, const std::string& of,
                                 const std::string& what = "name") {
  std::vector<std::string> values;
  Database database(file, Database::Mode::kReadOnly);
  Statement query(database, fmt::format("SELECT {} FROM pragma_table_info(?) ORDER BY cid", what));
  query.bind(of);
  while (query.step()) values.push_back(query.text(0));
  return values;
}

void set(int64_t& value, int i) {
  value = 100 + i;
}
void set(double& value, int i) {
  value = 0.25 + i;
}
void set(bool& value, int) {
  value = true;
}
void set(std::string& value, int i) {
  value = fmt::format("text {}", i);
}
void set(RowStatus& value, int) {
  value = RowStatus::kOk;
}
void set(std::vector<int32_t>& value, int i) {
  value = {i, 7};
}
template <class Value>
void set(std::optional<Value>& value, int i) {
  set(value.emplace(), i);
}

TEST(RowColumns, EveryColumnIsStoredAndReadBack) {
  const ScratchFolder folder;
  const std::filesystem::path file = folder / "rows.db";
  const PlannedCell cell = example_cell("full", 0);
  SampleRow row = example_row(cell, "0");
  for (int i = 0; const RowColumn& column : kRowColumns) {
    std::visit([&](auto member) { set(row.*member, ++i); }, column.member);
  }
  {
    Store store(file);
    const int64_t run = store.begin_run(example_run());
    store.plan_cells(std::vector{cell});
    store.write(run, std::vector{row});
    store.end_run(run, "done");
  }
  const std::vector<Observation> read = StoreReader(file).observations(cell);
  ASSERT_EQ(read.size(), 1u);
  for (const RowColumn& column : kRowColumns) {
    if (column.bulky) continue;
    std::visit([&](auto member) { EXPECT_TRUE(read[0].*member == row.*member) << column.name; },
               column.member);
  }
}

TEST(RowColumns, AnOlderDatabaseGetsTheTablesOfANewOne) {
  const ScratchFolder folder;
  const std::filesystem::path fresh = folder / "new.db", old = folder / "old.db";
  std::filesystem::copy_file(SKIPBENCH_SOURCE_DIR "/results/h200/speed-llama-8b.db", old);
  std::filesystem::permissions(old, std::filesystem::perms(0644));
  { Store store(fresh), migrated(old); }
  for (const char* table : {"sample_row", "timing_row", "cell_summary"}) {
    for (const char* what : {"name", "type", "\"notnull\"", "dflt_value"}) {
      EXPECT_EQ(columns(old, table, what), columns(fresh, table, what)) << table;
    }
  }
}

/// The columns under each heading of docs/views.md, each with its meaning or ''.
using Listed = std::vector<std::pair<std::string, std::string>>;
std::map<std::string, Listed> documented() {
  std::map<std::string, Listed> views;
  std::ifstream page(SKIPBENCH_SOURCE_DIR "/docs/views.md");
  const std::regex row(R"(\| `(\w+)` \| (.*) \|)"), name(R"(`(\w+)`)");
  Listed* view = nullptr;
  std::smatch match;
  for (std::string line; std::getline(page, line);) {
    if (line.starts_with("## ")) {
      view = &views[line.substr(3)];
    } else if (view && std::regex_match(line, match, row)) {
      view->emplace_back(match[1], match[2]);
    } else if (view && line.starts_with("`")) {
      for (std::sregex_iterator i(line.begin(), line.end(), name), end; i != end; ++i) {
        view->emplace_back((*i)[1], "");
      }
    }
  }
  return views;
}

TEST(RowColumns, TheViewsAndTheirColumnsAreDocumented) {
  const ScratchFolder folder;
  { Store store(folder / "new.db"); }
  const std::map<std::string, Listed> views = documented();
  EXPECT_EQ(views.size(), 4u);
  for (const auto& [view, listed] : views) {
    std::vector<std::string> names;
    for (const auto& [name, meaning] : listed) names.push_back(name);
    EXPECT_EQ(names, columns(folder / "new.db", view)) << view;
  }
  for (const auto& [name, meaning] : views.at("samples")) {
    const auto declared = std::find_if(kRowColumns.begin(), kRowColumns.end(),
                                       [&](const RowColumn& c) { return c.name == name; });
    if (declared == kRowColumns.end()) continue;
    EXPECT_EQ(meaning, declared->meaning) << name;
  }
}

}  // namespace
}  // namespace skipbench
