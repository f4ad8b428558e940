#include "node/tables/row_reader.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace xinlian::node {

namespace {

struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
};

}  // namespace

void RowParser::expect_bad_bytes(const std::vector<std::uint64_t>& offsets) {
    bad_.erase(bad_.begin(), bad_.begin() + static_cast<std::ptrdiff_t>(bad_used_));
    bad_used_ = 0;
    bad_.insert(bad_.end(), offsets.begin(), offsets.end());
}

void RowParser::assign_bad_bytes(RawRow& row) {
    row.bad_bytes.clear();
    if (bad_used_ == bad_.size()) return;
    constexpr std::string_view mark = "\xEF\xB7\x90";  // undecodable_mark
    for (const RawCell& cell : row.cells) {
        for (std::size_t at = cell.text.find(mark); at != std::string::npos;
             at = cell.text.find(mark, at + mark.size())) {
            if (bad_used_ < bad_.size()) row.bad_bytes.push_back(bad_[bad_used_++]);
        }
    }
}

Status read_rows(const FileFacts& facts, const RowVisitor& visitor) {
    const std::unique_ptr<std::FILE, Close> file(std::fopen(facts.path.c_str(), "rb"));
    if (!file) return Error{Errc::io, "cannot open " + facts.path + ": " + std::strerror(errno)};
    const std::unique_ptr<RowParser> parser = facts.layout == Layout::csv ? csv_parser(visitor) : json_parser(visitor);
    Decoder decoder(facts.encoding);
    XL_TRY_STATUS(decoder.begin());
    Bytes chunk(import_chunk_bytes);
    std::string text;
    std::uint64_t done = 0;
    for (bool last = false; !last;) {
        const std::size_t n = std::fread(chunk.data(), 1, chunk.size(), file.get());
        if (std::ferror(file.get()) != 0) return Error{Errc::io, "cannot read " + facts.path};
        last = n < chunk.size();
        text.clear();
        XL_TRY_STATUS(decoder.decode({chunk.data(), n}, last, text));
        parser->expect_bad_bytes(decoder.take_bad_offsets());
        if (auto fed = parser->feed(text); !fed) return within(facts.path, std::move(fed).error());
        done += n;
        if (visitor.on_progress) visitor.on_progress(done);
    }
    if (auto finished = parser->finish(); !finished) return within(facts.path, std::move(finished).error());
    return {};
}

}  // namespace xinlian::node
