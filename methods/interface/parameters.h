#pragma once

#include <fmt/format.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/base/budget.h"
#include "kernels/base/json.h"

namespace skipbench {

/// What a reader is told about one parameter of a method.
struct Field {
  std::string_view help = "";             // one line
  std::string_view source = "";           // paper and section, or "inferred"
  double low = -1e300, high = 1e300;      // inclusive range of numbers (of each element of a list)
  std::vector<std::string> choices = {};  // allowed strings, when the parameter is a word
  bool required = false;                  // must be given: there is no sensible default
};

/// A parameter as `skipbench methods NAME` shows it.
struct FieldDescription {
  std::string name, type, default_text, range, help, source;
  double low = -1e300;  // as Field's
};

/// One thing wrong with given parameters. `key` names the parameter ("budgets[2]").
struct ParameterProblem {
  std::string key, message;
};

// A method's parameters are one struct with a member
//   template <class Visitor> void visit(Visitor& v) { v("name", member, Field{...}); ... }
// that names each field once. The functions below visit it. Field types: bool, int64_t, double,
// std::string, Budget, std::vector of these, and std::optional of any. A group of parameters that
// several methods share is a struct of its own whose visit() is called from theirs.
// In JSON a Budget is an integer (tokens) or a number in (0, 1] written with a point (share); 0 is
// allowed where the field says low = 0. People may also write "1 token", "64 tokens".
// What concerns several fields at once is checked by an optional member
//   void check(std::vector<ParameterProblem>& problems) const;
// which runs when every field by itself is in order.

/// Names, types, defaults, ranges, help and sources, in order of declaration.
template <class Params>
std::vector<FieldDescription> describe_parameters();

/// Params from the given JSON object; what is not given keeps its default. Every unknown key,
/// missing required one, wrong type and value out of range is added to `problems`.
template <class Params>
Params read_parameters(const Json& given, std::vector<ParameterProblem>& problems);

/// All fields as a JSON object, defaults included; an empty optional is null.
template <class Params>
Json write_parameters(const Params& params);

}  // namespace skipbench

#include "methods/interface/parameters_impl.h"
