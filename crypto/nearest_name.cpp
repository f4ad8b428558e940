#include "crypto/nearest_name.hpp"

#include <algorithm>
#include <vector>

namespace xinlian {

namespace {

std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
        }
    }
    return row[b.size()];
}

}  // namespace

std::string_view nearest_name(std::string_view name, std::span<const std::string_view> known, std::size_t edits_max) {
    const std::string_view compared = name.substr(0, compared_name_bytes_max);
    std::string_view nearest;
    std::size_t least = edits_max;
    bool found = false;
    for (const std::string_view candidate : known) {
        const std::size_t edits = edit_distance(compared, candidate);
        if (found ? edits >= least : edits > least) continue;
        found = true;
        least = edits;
        nearest = candidate;
    }
    return nearest;
}

}  // namespace xinlian
