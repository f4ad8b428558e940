// The error file: the refused rows in the layout, encoding and header of the source file, with four additional columns
// (行号, 字段, 错误代码, 错误原因). It can be corrected and imported again: the additional columns are then ignored.
#pragma once

#include <cstdio>
#include <memory>

#include "node/import/problem.hpp"
#include "node/tables/row_reader.hpp"

namespace xinlian::node {

// Written to a temporary file and renamed when complete, so that no reader sees a partial file.
class ErrorFile {
public:
    // `path` empty: the file's name with "-errors" before its extension; if such a file with other content exists (it
    // may hold corrections), the next free of "-errors-2", "-errors-3" ….
    ErrorFile(const FileFacts& facts, std::string path);
    ~ErrorFile();
    ErrorFile(const ErrorFile&) = delete;
    ErrorFile& operator=(const ErrorFile&) = delete;

    Status add(const std::vector<std::string>& header, const Binding& binding, const RawRow& row,
               const std::vector<RowFinding>& findings);
    // The path, or empty if no row was refused. Errc::io.
    Result<std::string> finish();

private:
    Status open(const std::vector<std::string>& header, const Binding& binding);
    Status write(std::string_view utf8);

    struct Close {
        void operator()(std::FILE* file) const { std::fclose(file); }
    };
    FileFacts facts_;
    std::string path_, temporary_;
    std::unique_ptr<std::FILE, Close> file_;
    bool first_ = true;
};

}  // namespace xinlian::node
