// Audits a chain with an independent implementation written from docs/encoding.md: it recomputes from stored bytes what
// the chain claims. It calls no rule, hash tree, encoder or signature check of the program; it only reads bytes.
// Signatures are those of tests/support/cheap_ed25519.cpp.
#pragma once

#include <set>
#include <string>

#include "consensus/message.hpp"
#include "tests/support/builders.hpp"

namespace xinlian::sim {

class ReferenceAudit {
public:
    // Takes these from the federation's parsed genesis: chain id, members with their keys, the first parameters.
    explicit ReferenceAudit(const test::Federation& federation);

    // Reads the whole chain from genesis: ids, parents, proposers, batch signatures, outcomes, and for every certified
    // block (or only the last, if `thorough` is false) the log and state roots and the quorum. Returns the violations.
    std::vector<std::string> audit(const ledger::Chain& chain, bool thorough) const;

    // Checks that the member signed both statements and that no honest member signs both. Empty if so.
    std::string check(const Evidence& evidence) const;
    std::string check(const Certificate& certificate) const;

private:
    class Walk;
    std::vector<std::string> all_ids() const;  // of members, by their numbers
    bool signed_by(const PublicKey& key, ByteView message, const Signature& signature) const;
    Bytes vote_bytes(const Statement& statement) const;

    const ledger::Genesis& genesis_;
    std::vector<PublicKey> members_;  // by their bytes, as the committee
    std::vector<std::string> member_ids_;
    Hash chain_id_;
};

}  // namespace xinlian::sim
