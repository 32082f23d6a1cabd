#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace skipbench {

/// Python's str.format() with named fields: "{context}" stands for `value("context")`, which is put
/// in as it is, "{{" and "}}" for braces. Throws InputError for a brace without its partner and for
/// what format() would do to a field ("{x!r}", "{x:>8}", "{x.y}", "{0}", "{}").
std::string format_prompt(std::string_view text,
                          const std::function<std::string(const std::string& name)>& value);

}  // namespace skipbench
