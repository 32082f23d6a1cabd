#include "tests/harness/report/support/large_database.h"

#include <fmt/format.h>

#include "harness/store/database.h"
#include "harness/store/row_sql.h"
#include "tests/support/stored_rows.h"

namespace skipbench {
namespace {

/// Rows 1 to `?` - 1 of every cell from its row "0"; scores are right for about half of the
/// samples, times vary by a percent.
constexpr const char* kMultiply = R"sql(
CREATE TEMP TABLE seed AS SELECT id FROM sample_row;
CREATE TEMP TABLE number AS
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {0}) SELECT i FROM n;
CREATE TEMP TABLE copy AS
SELECT s.id AS source, n.i AS sample, (SELECT max(id) FROM sample_row) + row_number() OVER () AS id,
  abs(random()) % 1000 AS chance
FROM seed s CROSS JOIN number n;
CREATE INDEX temp.copy_id ON copy (id);
INSERT INTO sample_row (id, version_id, sample_id, round, run_id, in_plan, {1})
SELECT c.id, s.version_id, printf('%06d', c.sample), s.round, s.run_id, s.in_plan, {2}
FROM copy c JOIN sample_row s ON s.id = c.source;
UPDATE sample_row SET answer_nll = answer_nll * (1 + c.chance / 1000.0)
FROM copy c WHERE c.id = sample_row.id;
INSERT INTO timing_row (sample_row_id, {3}) SELECT c.id, {4}
FROM copy c JOIN timing_row t ON t.sample_row_id = c.source;
UPDATE timing_row SET ttft_ms = ttft_ms * (1 + c.chance / 1e5)
FROM copy c WHERE c.id = timing_row.sample_row_id;
INSERT INTO score_row
SELECT c.id, metric, 100.0 * (chance > 500) FROM copy c JOIN score_row m
  ON m.sample_row_id = c.source;
)sql";

}  // namespace

void write_large_database(const std::filesystem::path& file, DatabaseSize size) {
  Store store(file);
  const int64_t run = store.begin_run(example_run());
  std::vector<PlannedCell> cells;
  std::vector<SampleRow> rows;
  for (int task = 0; task < size.tasks; ++task) {
    for (int label = 0; label < size.labels; ++label) {
      PlannedCell& cell =
          cells.emplace_back(example_cell(label == 0 ? "full" : fmt::format("spts {}", label),
                                          label, "needle", fmt::format("{:03}", task)));
      cell.expected_n = size.samples;
      rows.push_back(example_row(cell, "000000"));
    }
  }
  store.plan_cells(cells);
  store.write(run, rows);
  Database(file, Database::Mode::kReadWrite)
      .execute(fmt::format(fmt::runtime(kMultiply), size.samples, column_names(RowTable::kSample),
                           column_names(RowTable::kSample, "s."), column_names(RowTable::kTiming),
                           column_names(RowTable::kTiming, "t.")));
  store.summarise("demo");
  store.end_run(run, "done");
}

}  // namespace skipbench
