// Shared by the targets of both layouts. Laws: rows do not depend on how the file was split, and a row that is not
// refused makes a record that follows every rule of the ledger.
#pragma once

#include "node/import/row.hpp"
#include "node/tables/row_reader.hpp"
#include "tests/fuzz/input.hpp"

namespace xinlian::fuzz {

using MakeParser = std::unique_ptr<node::RowParser> (*)(const node::RowVisitor& visitor);

struct Row {
    std::vector<std::optional<std::string>> cells;
    node::RowFault fault = node::RowFault::none;
    bool operator==(const Row&) const = default;
};

inline void check_made(const node::Profile& profile, const node::RawRow& raw, const node::MadeRow& made) {
    using namespace ledger;
    for (const node::RowFinding& finding : made.findings) {
        XL_CHECK(!node::describe_zh(profile, finding).empty());
        XL_CHECK(!node::describe_en(profile, finding).empty());
    }
    if (made.refused()) return;
    XL_CHECK(raw.fault == node::RowFault::none);
    const Status checked = check(made.record);
    if (!checked) std::fprintf(stderr, "%s\n", checked.error().text.c_str());
    XL_CHECK(checked.ok());
    XL_CHECK(is_valid(made.decided) && made.decided != date_none);
    XL_CHECK(is_valid(made.public_until));
    XL_CHECK(made.key.has_value());
    for (const Field& field : made.personal) {
        const auto* committed = made.record.find(field.code);
        XL_CHECK(committed == nullptr || !*committed);
        XL_CHECK(field.value->size() <= field_value_bytes_max);
    }
}

// All rows; nothing if the file was refused.
inline std::optional<std::vector<Row>> rows_of(MakeParser make, node::Encoding encoding, ByteView bytes,
                                               std::size_t step) {
    using namespace node;
    std::vector<Row> rows;
    std::optional<Binding> binding;
    std::optional<RowMaker> maker;
    MadeRow made;
    RowVisitor visitor;
    visitor.on_header = [&](const std::vector<std::string>& header) -> Status {
        XL_CHECK(header.size() <= import_columns_max);
        const auto bound = bind_header(header, ProfileChoice::automatic);
        if (!bound) return Status();  // the importer would stop here; the parser must not depend on it
        binding = *bound;
        XL_CHECK(binding->field_of.size() == header.size());
        if (maker) maker->rebind(*binding);
        if (!maker) maker.emplace(*binding);
        return Status();
    };
    visitor.on_row = [&](const RawRow& row) -> Status {
        Row kept{{}, row.fault};
        for (const RawCell& cell : row.cells) {
            kept.cells.push_back(cell.null ? std::nullopt : std::optional<std::string>(cell.text));
        }
        rows.push_back(std::move(kept));
        XL_CHECK(row.number == rows.size());
        if (maker && (row.fault != RowFault::none || row.cells.size() == binding->field_of.size())) {
            maker->make(row, made);
            check_made(*binding->profile, row, made);
        }
        return Status();
    };
    const auto parser = make(visitor);
    Decoder decoder(encoding);
    XL_CHECK(decoder.begin().ok());
    for (std::size_t at = 0; at <= bytes.size(); at += step) {
        std::string text;
        const ByteView piece = bytes.subspan(at, std::min(step, bytes.size() - at));
        XL_CHECK(decoder.decode(piece, at + step > bytes.size(), text).ok());
        parser->expect_bad_bytes(decoder.take_bad_offsets());
        if (!parser->feed(text)) return std::nullopt;
    }
    if (!parser->finish()) return std::nullopt;
    return rows;
}

inline void check_rows(MakeParser make, Input input) {
    const std::uint8_t choice = input.byte();
    const ByteView bytes = input.rest();
    const node::Encoding encoding = choice % 4 == 3 ? node::Encoding::gb18030 : node::Encoding::utf8;
    const auto whole = rows_of(make, encoding, bytes, bytes.size() + 1);
    const auto pieces = rows_of(make, encoding, bytes, 1 + choice / 4);
    XL_CHECK(whole == pieces);
}

}  // namespace xinlian::fuzz
