// Finds a record in the issuer's own vault, for a proof about it.
#pragma once

#include <string>

#include "node/client/record_file.hpp"
#include "node/vault/vault.hpp"

namespace xinlian::node {

// The record with a document number. Errc::not_found; Errc::conflict lists the records if the number has several
// subjects: then the record id is required.
Result<Hash> record_of_document(Vault& vault, const std::string& document);

// The version of the record that has this digest, with its salt. Errc::not_found.
Result<RecordFile> record_with_digest(Vault& vault, const Hash& record, const Hash& digest);

// Converts a subject's code to its canonical form.
std::string upper_case(std::string code);

}  // namespace xinlian::node
