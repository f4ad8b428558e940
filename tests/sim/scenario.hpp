// Scenarios: one page of text that a protocol person can read, played in a World. Random runs are written as such pages
// too, so each can be kept. The words: docs/testing.md.
#pragma once

#include <string>
#include <vector>

#include "tests/sim/world.hpp"

namespace xinlian::sim {

struct Play {
    std::vector<std::string> broken;  // promises that were not kept, and expectations that did not hold; empty: passed
    Figures figures;
    std::uint64_t trace = 0;
    std::vector<std::string> report;  // what the page asked to be told
    std::string state;                // how the nodes stood at the end
};

// Federations are made once and shared between plays: their keys and genesis files do not depend on a seed.
class Casts {
public:
    const test::Federation& of(std::size_t members);

private:
    std::map<std::size_t, std::unique_ptr<test::Federation>> made_;
};

// `folder` is for the journals; it is emptied. `thorough`: roots are recomputed at every height.
// `listener` is told every line that is played and every consensus message.
Play play(const std::string& page, const std::string& folder, Casts& casts, bool thorough = true,
          std::function<void(const std::string&)> listener = {});

// A random page: the same for the same seed.
std::string random_page(std::uint64_t seed);

}  // namespace xinlian::sim
