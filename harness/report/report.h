#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/report/page/method_lines.h"

namespace skipbench {

struct ReportOptions {
  std::string format = "text";  // one of report_formats()
  std::string experiment;       // empty: all experiments of the database
  std::filesystem::path table;  // the file of a TableSpec; empty: the default tables
  std::string claims;           // what claims_files() reads; for render_claims() alone
  bool allow_mixed = false;     // show the figures of cells that another version measured, marked
  bool check = false;           // PRAGMA integrity_check first
  bool profile = false;         // where the time goes, instead of the default tables
  bool provenance = false;      // the runs behind the tables, and what each cell is true for
  size_t width = 120;           // characters a line of `text` may have
  std::vector<MethodIntro> methods = {};  // that the page explains
};

/// text, md, latex, csv, json, html.
std::span<const std::string_view> report_formats();

/// The default tables of a database, the one that a file describes, or its profiles. Throws
/// InputError for a database that cannot be read, is damaged or has no profiles when these are
/// asked for, for an unknown format and for an unknown experiment.
std::string render_report(const std::filesystem::path& database, const ReportOptions& options);

/// What the databases together say of papers' claims. Throws InputError as render_report() does,
/// and for what is wrong in the files of claims.
std::string render_claims(std::span<const std::filesystem::path> databases,
                          const ReportOptions& options);

}  // namespace skipbench
