// Finds a record in the issuer's own vault, for a proof about it.
#pragma once

#include "node/client/record_file.hpp"
#include "node/vault/vault.hpp"

namespace xinlian::node {

// The record a document number names. Errc::not_found; Errc::conflict, listing them, if one document names several
// subjects: then the record id must be given.
Result<Hash> record_of_document(Vault& vault, const ledger::DocumentNumber& document);

// The record in a row that is not erased, with its salt. Errc::unsupported if this program does not know its form.
Result<RecordFile> record_in(const VaultRecord& row);

// The version of the record that has this digest, with its salt. Errc::not_found, and as above.
Result<RecordFile> record_with_digest(Vault& vault, const Hash& record, const Hash& digest);

}  // namespace xinlian::node
