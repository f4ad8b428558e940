// A table that a command writes: beside its place first, and there only when it is complete. So nobody reads half of
// it, nor one of something that turned out not to hold.
#pragma once

#include <cstdio>
#include <memory>
#include <span>
#include <string>

#include "node/tables/encoding.hpp"

namespace xinlian::node {

// What a spreadsheet would run as a formula gets a ' in front.
std::string neutralised(std::string_view cell);
std::string csv_cell(std::string_view cell);  // quoted if it must be

class TableFile {
public:
    // Errc::io. Replaces what is at the path, once finished.
    static Result<std::unique_ptr<TableFile>> create(const std::string& path, Encoding encoding);
    ~TableFile();  // unfinished: nothing stays
    TableFile(const TableFile&) = delete;
    TableFile& operator=(const TableFile&) = delete;

    // A row of CSV. What a spreadsheet would run as a formula is neutralised.
    Status row(std::span<const std::string> cells);
    // A line as it is, its line feed added.
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
