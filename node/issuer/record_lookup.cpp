#include "node/issuer/record_lookup.hpp"

#include <set>

namespace xinlian::node {

namespace {

constexpr std::size_t named_records_max = 8;  // number in an error text

}  // namespace

Result<Hash> record_of_document(Vault& vault, const ledger::DocumentNumber& document) {
    std::set<Hash> records;
    XL_TRY_STATUS(vault.find_document(document, [&records](const VaultRecord& found) {
        records.insert(found.id);
        return records.size() <= named_records_max;
    }));
    if (records.empty()) {
        return Error{Errc::not_found, "the vault has no record with document number " + document.text()};
    }
    if (records.size() == 1) return *records.begin();
    std::string list;
    for (const Hash& record : records) list += "\n  " + record.hex();
    return Error{Errc::conflict, "document number " + document.text() +
                                     " belongs to several records; choose one with --record:" + list};
}

Result<RecordFile> record_in(const VaultRecord& row) {
    const std::string where = "the vault's copy of record " + row.id.hex();
    auto decoded = decode<ledger::Record>(row.canonical);
    if (!decoded) return Error{Errc::corrupt, where + ": " + decoded.error().text};
    if (auto checked = ledger::check(*decoded); !checked) return within(where, std::move(checked).error());
    return RecordFile{*std::move(decoded), row.salt};
}

Result<RecordFile> record_with_digest(Vault& vault, const Hash& record, const Hash& digest) {
    std::optional<VaultRecord> row;
    XL_TRY_STATUS(vault.find_record(record, [&row, &digest](const VaultRecord& found) {
        if (found.digest == digest) row = found;
        return !row;
    }));
    if (!row) return Error{Errc::not_found, "the vault has no version of record " + record.hex() + " with that digest"};
    if (row->erased) {
        return Error{Errc::not_found, "record " + record.hex() + " was erased on " + ledger::date_text(*row->erased) +
                                          "; it can no longer be opened"};
    }
    return record_in(*row);
}

}  // namespace xinlian::node
