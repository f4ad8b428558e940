// A table that a command writes. It is written to a temporary file beside the target and renamed when complete, so that
// no reader sees a partial table or one whose content was later found invalid.
#pragma once

#include <cstdio>
#include <memory>
#include <span>
#include <string>

#include "node/tables/encoding.hpp"

namespace xinlian::node {

// Prefixes a ' to a cell that a spreadsheet would run as a formula.
std::string neutralised(std::string_view cell);
std::string csv_cell(std::string_view cell);  // quoted if necessary

class TableFile {
public:
    // Errc::io. finish() replaces an existing file at the path.
    static Result<std::unique_ptr<TableFile>> create(const std::string& path, Encoding encoding);
    ~TableFile();  // removes the file if it is not finished
    TableFile(const TableFile&) = delete;
    TableFile& operator=(const TableFile&) = delete;

    // Writes a row of CSV. Cells that a spreadsheet would run as a formula are neutralised.
    Status row(std::span<const std::string> cells);
    // Writes a line unchanged, with a line feed.
    Status line(std::string_view text);
    Status finish();

private:
    struct Close {
        void operator()(std::FILE* file) const { std::fclose(file); }
    };
    TableFile(std::string path, Encoding encoding);
    Status write(std::string_view utf8);

    std::string path_, partial_;
    Encoding encoding_;
    std::unique_ptr<std::FILE, Close> file_;
};

}  // namespace xinlian::node
