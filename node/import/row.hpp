// One row of a file becomes a record in canonical form 1, or problems with their codes. Knows neither files nor keys.
#pragma once

#include "ledger/entry/entry.hpp"
#include "node/import/profile.hpp"
#include "node/tables/text.hpp"

namespace xinlian::node {

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

// Codes never change their meaning: E… the row is refused, W… it is accepted and reported.
enum class Problem : std::uint16_t {
    wrong_cells = 101,
    bad_bytes = 102,
    missing = 103,
    too_long = 104,
    natural_person = 105,
    masked_code = 106,
    scientific_code = 107,
    several_subjects = 108,
    bad_code = 109,
    bad_date = 110,
    bad_amount = 111,
    unreadable_character = 112,
    control_character = 113,
    bad_value = 114,
    resident_id_as_code = 115,
    check_digit = 201,
    private_use = 202,
    resident_id_in_text = 203,
    serial_date = 204,
    unreadable_in_text = 205,
    no_agency_code = 206,
    bad_source_code = 207,
};
inline bool refuses(Problem problem) { return static_cast<unsigned>(problem) < 200; }
std::string code_of(Problem problem);  // "E110", "W201"
const char* reason_zh(Problem problem);
const char* reason_en(Problem problem);

struct RowFinding {
    Problem problem;
    int column = -1;     // position in the profile, or -1 for the row
    std::string detail;  // value or limit, for the reason; never of a personal column
};
// "统一社会信用代码: 日期不存在 (2026-02-30)"
std::string describe_zh(const Profile& profile, const RowFinding& finding);
std::string describe_en(const Profile& profile, const RowFinding& finding);

struct MadeRow {
    ledger::Record record;                  // complete only if nothing refuses
    std::optional<ledger::NaturalKey> key;  // of a row that is not refused
    ledger::Date decided = ledger::date_none, public_until = ledger::date_none;
    std::vector<ledger::Field> personal;  // values of personal columns, never part of the record
    std::vector<RowFinding> findings;
    bool refused() const;
};

// Makes rows of one file; keeps its memory from row to row.
class RowMaker {
public:
    explicit RowMaker(const Binding& binding) : binding_(binding) {}
    void rebind(const Binding& binding) { binding_ = binding; }
    void make(const RawRow& raw, MadeRow& out);

private:
    void take(std::size_t column, const RawCell& cell, MadeRow& out);
    void take_text(std::size_t field, MadeRow& out, std::uint32_t scale);
    void take_document(std::size_t field, MadeRow& out);
    void take_code(std::size_t field, MadeRow& out);
    void take_day(std::size_t field, MadeRow& out);
    void check_whole(MadeRow& out) const;

    Binding binding_;
    Cleaned cleaned_;
    std::optional<ledger::DocumentNumber> document_, document_instead_;  // of the row that is being made
    std::optional<ledger::SubjectCode> subject_;
    std::string unescaped_;
};

}  // namespace xinlian::node
