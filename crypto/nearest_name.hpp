// Finds the known name nearest to a mistyped one, for messages about unknown names.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace xinlian {

inline constexpr std::size_t compared_name_bytes_max = 64;  // of the given name; the rest is not compared

// The known name with the smallest edit distance (Levenshtein) to `name`, the first one of several. Empty if none is
// within `edits_max`.
std::string_view nearest_name(std::string_view name, std::span<const std::string_view> known,
                              std::size_t edits_max = ~std::size_t{0});

}  // namespace xinlian
