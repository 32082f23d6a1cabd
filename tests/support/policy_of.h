#pragma once

#include <memory>
#include <utility>

#include "kernels/model/run.h"

namespace skipbench::test {

/// A policy each of whose runs begins as a copy of one run. What a test looks at afterwards lies in
/// variables of the test that the run refers to. With Base = Method it is a method.
template <class RunType, class Base = TokenPolicy>
class PolicyOf : public Base {
 public:
  explicit PolicyOf(RunType prototype = {}, Needs needs = {})
      : prototype_(std::move(prototype)), needs_(std::move(needs)) {}

  Needs needs() const override { return needs_; }
  std::unique_ptr<Run> begin(const Prompt&, const SequenceOptions&) const override {
    return std::make_unique<RunType>(prototype_);
  }

 protected:
  const RunType& prototype() const { return prototype_; }

 private:
  RunType prototype_;
  Needs needs_;
};

}  // namespace skipbench::test
