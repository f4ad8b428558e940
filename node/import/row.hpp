// One row of a file becomes a record in canonical form 1, or problems with their codes. Knows neither files nor keys.
#pragma once

#include "ledger/entry/date.hpp"
#include "ledger/entry/record.hpp"
#include "node/import/problem.hpp"
#include "node/import/profile.hpp"
#include "node/tables/row.hpp"
#include "node/tables/text.hpp"

namespace xinlian::node {

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
