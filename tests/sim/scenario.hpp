// Scenarios: one page of text that is played in a World. Random runs are written as such pages too, so each can be
// kept. docs/testing.md lists the commands.
#pragma once

#include <string>
#include <vector>

#include "tests/sim/world.hpp"

namespace xinlian::sim {

struct Play {
    std::vector<std::string> broken;  // violated invariants and expectations; empty: passed
    Figures figures;
    std::uint64_t trace = 0;
    std::vector<std::string> report;  // what the page asked to report
    std::string state;                // the state of the nodes at the end
};

// Federations are made once and shared between plays: their keys and genesis files do not depend on a seed.
class Casts {
public:
    const test::Federation& of(std::size_t members);

private:
    std::map<std::size_t, std::unique_ptr<test::Federation>> made_;
};

// `folder` is for the journals; it is emptied. `thorough`: roots are recomputed at every height. `listener` is called
// with every line that is played and every consensus message.
Play play(const std::string& page, const std::string& folder, Casts& casts, bool thorough = true,
          std::function<void(const std::string&)> listener = {});

// A random page: the same for the same seed.
std::string random_page(std::uint64_t seed);

}  // namespace xinlian::sim
