// A row as produced by a reader of a file layout: cells as text, and the errors that the reader found in it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace xinlian::node {

inline constexpr std::size_t import_columns_max = 256;  // maximum in a header

struct RawCell {
    std::string text;   // UTF-8, as in the file
    bool null = false;  // JSON null, or absent from its object
};

// An error that the reader of the layout found in a row as a whole.
enum class RowFault : std::uint8_t { none, too_few_cells, too_many_cells, cell_too_large, repeated_name, nested_value };

struct RawRow {
    std::uint64_t number = 0;    // from 1, without the header
    std::vector<RawCell> cells;  // one per header column, except for too_few_cells and too_many_cells
    RowFault fault = RowFault::none;
    std::vector<std::uint64_t> bad_bytes;  // file offsets of undecodable bytes
};

}  // namespace xinlian::node
