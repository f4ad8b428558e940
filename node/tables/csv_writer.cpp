#include "node/tables/csv_writer.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "crypto/files.hpp"

namespace xinlian::node {

namespace {

Error cannot(const std::string& path) {
    return {Errc::io, "cannot write the table " + path + ": " + std::strerror(errno)};
}

}  // namespace

std::string neutralised(std::string_view cell) {
    const bool formula = !cell.empty() && std::string_view("=+-@\t\r").find(cell.front()) != std::string_view::npos;
    return (formula ? "'" : "") + std::string(cell);
}

std::string csv_cell(std::string_view cell) {
    if (cell.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(cell);
    std::string out = "\"";
    for (const char c : cell) {
        if (c == '"') out += '"';
        out += c;
    }
    return out + '"';
}

TableFile::TableFile(std::string path, Encoding encoding)
    : path_(std::move(path)), partial_(path_ + ".partial." + std::to_string(::getpid())), encoding_(encoding) {}

TableFile::~TableFile() {
    if (file_) ::unlink(partial_.c_str());
}

Result<std::unique_ptr<TableFile>> TableFile::create(const std::string& path, Encoding encoding) {
    std::unique_ptr<TableFile> made(new TableFile(path, encoding));
    made->file_.reset(std::fopen(made->partial_.c_str(), "wbxe"));
    if (!made->file_) return cannot(made->partial_);
    if (encoding == Encoding::utf8_bom) XL_TRY_STATUS(made->write("\xEF\xBB\xBF"));
    return made;
}

Status TableFile::write(std::string_view utf8) {
    XL_TRY(const std::string bytes, encode_text(utf8, encoding_));
    if (std::fwrite(bytes.data(), 1, bytes.size(), file_.get()) != bytes.size()) return cannot(partial_);
    return {};
}

Status TableFile::row(std::span<const std::string> cells) {
    std::string text;
    for (const std::string& cell : cells) text += csv_cell(neutralised(cell)) + ",";
    if (!text.empty()) text.pop_back();
    return write(text + "\r\n");
}

Status TableFile::line(std::string_view text) { return write(std::string(text) + "\n"); }

Status TableFile::finish() {
    if (std::fflush(file_.get()) != 0 || ::fsync(::fileno(file_.get())) != 0) return cannot(partial_);
    XL_TRY_STATUS(move_file(partial_, path_));
    file_.reset();
    return {};
}

}  // namespace xinlian::node
