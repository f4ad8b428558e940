// Everything a chain can be asked, and whether the answers are still the same: each answer is correct, or an error that
// reports damage.
#pragma once

#include <map>
#include <string>

#include "ledger/chain/chain.hpp"

namespace xinlian::disk {

// Question -> the answer's bytes.
using Answers = std::map<std::string, Bytes>;
Answers answers_of(const ledger::Chain& chain);

struct Reading {
    std::size_t right = 0, errors = 0;
    std::string wrong;  // the first question with a different answer, or with a wrong "there is none"
};
Reading compare(const Answers& truth, const ledger::Chain& chain);

}  // namespace xinlian::disk
