#pragma once

// The visitors behind methods/interface/parameters.h, which includes this file.

#include <concepts>
#include <cstdint>

namespace skipbench::parameters_detail {

/// Where a value stands while it is read: its key ("budgets[2]"), what its field allows, and where
/// problems are collected.
struct Place {
  std::string key;
  const Field& field;
  std::vector<ParameterProblem>& problems;
};

// Each type of field: its name for readers, JSON from a value, and a value from JSON. Reading adds
// a problem and leaves the value alone when the JSON cannot be used.
std::string type_name(const bool&);
std::string type_name(const int64_t&);
std::string type_name(const double&);
std::string type_name(const std::string&);
std::string type_name(const Budget&);

Json write_value(bool value);
Json write_value(int64_t value);
Json write_value(double value);
Json write_value(const std::string& value);
Json write_value(const Budget& value);

void read_value(const Json& json, const Place& place, bool& value);
void read_value(const Json& json, const Place& place, int64_t& value);
void read_value(const Json& json, const Place& place, double& value);
void read_value(const Json& json, const Place& place, std::string& value);
void read_value(const Json& json, const Place& place, Budget& value);

/// "got 0, expected a list of integers >= 0".
void add_problem(const Json& json, const Place& place, const std::string& expected);
/// Adds a problem for every key of `given` that is not in `known`.
void report_unknown_keys(const Json& given, const std::vector<std::string>& known,
                         std::vector<ParameterProblem>& problems);
/// The range or the choices of a field as text, "" when everything of its type is allowed.
std::string range_text(const Field& field, const std::string& type);
/// The default as text: "none" for null, "required" where there is none.
std::string default_text(const Field& field, const Json& value);

template <class T>
std::string type_name(const std::vector<T>&) {
  return "list of " + type_name(T{});
}

template <class T>
Json write_value(const std::vector<T>& values) {
  Json list = Json::array();
  for (const T& value : values) list.push_back(write_value(value));
  return list;
}

template <class T>
void read_value(const Json& json, const Place& place, std::vector<T>& values) {
  if (!json.is_array()) return add_problem(json, place, "a " + type_name(values));
  std::vector<T> read(json.size());
  for (size_t i = 0; i < json.size(); ++i) {
    read_value(json[i], Place{fmt::format("{}[{}]", place.key, i), place.field, place.problems},
               read[i]);
  }
  values = std::move(read);
}

template <class T>
std::string type_name(const std::optional<T>&) {
  return type_name(T{});
}

template <class T>
Json write_value(const std::optional<T>& value) {
  return value ? write_value(*value) : Json(nullptr);
}

template <class T>
void read_value(const Json& json, const Place& place, std::optional<T>& value) {
  if (json.is_null()) {
    value.reset();
    return;
  }
  T read{};
  read_value(json, place, read);
  value = std::move(read);
}

struct Describer {
  std::vector<FieldDescription> fields;

  template <class T>
  void operator()(std::string_view name, T& member, const Field& field) {
    const std::string type = type_name(member);
    fields.push_back({std::string(name), type, default_text(field, write_value(member)),
                      range_text(field, type), std::string(field.help), std::string(field.source),
                      field.low});
  }
};

struct Reader {
  const Json& given;
  std::vector<ParameterProblem>& problems;
  std::vector<std::string> known = {};

  template <class T>
  void operator()(std::string_view name, T& member, const Field& field) {
    known.emplace_back(name);
    const auto found = given.find(known.back());
    if (found != given.end()) {
      read_value(*found, Place{known.back(), field, problems}, member);
    } else if (field.required) {
      problems.push_back(
          {known.back(), fmt::format("must be given: {} (a {})", field.help, type_name(member))});
    }
  }
};

struct Writer {
  Json object = Json::object();

  template <class T>
  void operator()(std::string_view name, T& member, const Field&) {
    object[std::string(name)] = write_value(member);
  }
};

template <class Params>
concept ChecksItself = requires(const Params& params, std::vector<ParameterProblem>& problems) {
  params.check(problems);
};

}  // namespace skipbench::parameters_detail

namespace skipbench {

template <class Params>
std::vector<FieldDescription> describe_parameters() {
  Params defaults;
  parameters_detail::Describer describer;
  defaults.visit(describer);
  return std::move(describer.fields);
}

template <class Params>
Params read_parameters(const Json& given, std::vector<ParameterProblem>& problems) {
  const Json object = given.is_null() ? Json::object() : given;
  Params params;
  if (!object.is_object()) {
    problems.push_back({"", fmt::format("got {}, expected a map of parameters", given.dump())});
    return params;
  }
  const size_t problems_before = problems.size();
  parameters_detail::Reader reader{object, problems};
  params.visit(reader);
  parameters_detail::report_unknown_keys(object, reader.known, problems);
  if constexpr (parameters_detail::ChecksItself<Params>) {
    if (problems.size() == problems_before) params.check(problems);
  }
  return params;
}

template <class Params>
Json write_parameters(const Params& params) {
  Params copy = params;  // one visit() serves reading and writing, so it is not const
  parameters_detail::Writer writer;
  copy.visit(writer);
  return std::move(writer.object);
}

}  // namespace skipbench
