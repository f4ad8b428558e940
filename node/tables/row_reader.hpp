// Reads the rows of a file in sequence, in constant memory: CSV (RFC 4180, line breaks in quoted cells) and JSON (an
// array of flat objects).
#pragma once

#include <functional>

#include "node/tables/encoding.hpp"
#include "node/tables/row.hpp"

namespace xinlian::node {

inline constexpr std::size_t cell_bytes_max = 256 * 1024;

struct RowVisitor {
    // Called before the first row, and for JSON again whenever a row has a new name. An error ends the reading.
    std::function<Status(const std::vector<std::string>& header)> on_header;
    // The row may be taken only by swapping, because its memory is reused.
    std::function<Status(const RawRow& row)> on_row;
    std::function<void(std::uint64_t bytes_read)> on_progress;  // may be empty
};

// Errc::malformed names the last row before the syntax error; that row and those before it were visited.
Status read_rows(const FileFacts& facts, const RowVisitor& visitor);

// One of the two parsers. It takes decoded text in chunks.
class RowParser {
public:
    virtual ~RowParser() = default;
    virtual Status feed(std::string_view text) = 0;
    virtual Status finish() = 0;
    // Offsets of the undecodable bytes in text fed from now on.
    void expect_bad_bytes(const std::vector<std::uint64_t>& offsets);

protected:
    // Assigns to the row the offsets of the marks in its cells.
    void assign_bad_bytes(RawRow& row);

private:
    std::vector<std::uint64_t> bad_;
    std::size_t bad_used_ = 0;
};
std::unique_ptr<RowParser> csv_parser(const RowVisitor& visitor);
std::unique_ptr<RowParser> json_parser(const RowVisitor& visitor);

}  // namespace xinlian::node
