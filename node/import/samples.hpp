// The project's own example exports: fictitious companies in the 双公示 penalty layout, in the variants of four
// regional systems. About one row in twenty has a known defect. The same seed gives the same bytes.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "node/tables/encoding.hpp"

namespace xinlian::node {

inline constexpr std::size_t sample_rows_max = 10'000'000;
inline constexpr std::size_t sample_repeats = 3;  // number of rows at the end that repeat the first ones

struct SampleRow {
    std::vector<std::string> cells;  // in the order of sample_codes()
};
// The expected treatment of a special row in an import.
struct SampleSpecial {
    const char* what;
    const char* treatment;  // "accept", "warn", "refuse", "duplicate"
};
struct SampleTable {
    std::vector<SampleRow> rows;
    std::map<std::size_t, SampleSpecial> special;  // by row number, from 1
};

enum class Dirt : std::uint8_t { none, some };
// `region` is one of 310000, 320000, 330000, 340000. With dirt: `rows` rows, defects among them, and then
// sample_repeats. Errc::unsupported for another region, Errc::too_large.
Result<SampleTable> make_sample(const std::string& region, std::size_t rows, std::uint64_t seed, Dirt dirt);

enum class SampleHeader : std::uint8_t { codes, labels };
// The table as the bytes of a file.
Result<std::string> print_sample(const SampleTable& table, Layout layout, Encoding encoding, SampleHeader header);

std::vector<std::string> sample_codes();

// Writes the four files and expected.json into a folder, which is created if necessary. Existing files are replaced.
Status write_samples(const std::string& folder, std::size_t rows, std::uint64_t seed);

}  // namespace xinlian::node
