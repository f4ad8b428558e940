// Random numbers from a seed (splitmix64), independent of any library, so that a run is the same everywhere. Draw once
// in a statement: the compiler chooses which of two arguments is evaluated first.
#pragma once

#include <cstdint>

#include "crypto/bytes.hpp"
#include "crypto/time.hpp"

namespace xinlian::sim {

class Chance {
public:
    explicit Chance(std::uint64_t seed) : state_(seed) {}

    std::uint64_t next() {
        std::uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        return z ^ (z >> 31);
    }
    std::uint64_t below(std::uint64_t bound) { return next() % bound; }  // bound > 0
    bool permille(std::uint64_t p) { return below(1000) < p; }
    std::uint64_t between(std::uint64_t min, std::uint64_t max) { return min + below(max - min + 1); }

private:
    std::uint64_t state_;
};

// Folds bytes into a running fingerprint, eight at a time. Two runs that differ in one byte have different
// fingerprints.
class Trace {
public:
    void add(std::uint64_t value) { state_ = (state_ ^ value) * 0x9fb21c651e98df25u ^ (state_ >> 29); }
    void add(ByteView bytes) {
        std::size_t at = 0;
        for (; at + 8 <= bytes.size(); at += 8) {
            std::uint64_t word = 0;
            for (std::size_t i = 0; i < 8; ++i) word = word << 8 | bytes[at + i];
            add(word);
        }
        for (; at < bytes.size(); ++at) add(std::uint64_t{bytes[at]});
        add(std::uint64_t{bytes.size()});
    }
    std::uint64_t value() const { return state_; }

private:
    std::uint64_t state_ = 0x51a2b3c4d5e6f708u;
};

}  // namespace xinlian::sim
