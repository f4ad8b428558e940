// A row as a reader of a file layout hands it over: cells as text, and what the reader found wrong with it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace xinlian::node {

inline constexpr std::size_t import_columns_max = 256;  // of a header

struct RawCell {
    std::string text;   // UTF-8, as in the file
    bool null = false;  // JSON null, or absent from its object
};

// What the reader of the layout found wrong with a row as a whole.
enum class RowFault : std::uint8_t { none, too_few_cells, too_many_cells, cell_too_large, repeated_name, nested_value };

struct RawRow {
    std::uint64_t number = 0;    // from 1, the header not counted
    std::vector<RawCell> cells;  // as many as the header has columns, but for too_few_cells and too_many_cells
    RowFault fault = RowFault::none;
    std::vector<std::uint64_t> bad_bytes;  // offsets in the file of bytes without meaning in its encoding
};

}  // namespace xinlian::node
