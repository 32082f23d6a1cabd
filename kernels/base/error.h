#pragma once

#include <stdexcept>
#include <string>

namespace skipbench {

/// The user's input cannot be used. The message names the place (file, line, key), the value, what
/// was expected and the nearest valid choice. Ends the program with exit code 2.
class InputError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A promise of the code was broken (a method returned rows that do not exist, shapes disagree).
/// Fails the cell in which it happens; never the user's fault.
class ContractError : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

}  // namespace skipbench
