// Formats a verified finding: for people as one sentence in Chinese or English, and for machines as JSON.
//
// "Unaltered" and "current" are separate statements: the first is about the entry, the second is as of the proof's
// height. This code decides nothing; verify_proof made all decisions.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <vector>

#include "ledger/proof/verify.hpp"
#include "ledger/rules/terms.hpp"
#include "node/wording/language.hpp"

namespace xinlian::node {

struct ProofMessage {
    std::string sentence;
    std::vector<std::string> lines;  // one line for each entry of a subject or each disclosed field
};

// Whether the reader supplied the row itself, so that it was compared with the digest.
enum class RowCheck : unsigned char { not_given, compared };

// The reader, and the context of the reading.
struct ReadContext {
    Language language = Language::en;
    RowCheck row = RowCheck::not_given;
    std::optional<ledger::Date> on{};  // the day for which the display status is stated; default: the proof's day
    std::optional<Height> height{};    // for a subject's records: as of this earlier height
    std::optional<Time> now{};         // the reader's clock, for the age of the proof
    const ledger::Terms* terms = &ledger::shipped_terms();  // the terms that are applied; must outlive the reader
};

// `finding` must come from verify_proof with this genesis.
ProofMessage say(const ledger::Genesis& genesis, const ledger::Finding& finding, const ReadContext& context);
boost::json::object to_json(const ledger::Genesis& genesis, const ledger::Finding& finding, const ReadContext& context);

// Common to all kinds of proofs: the height and time, the signers, and the same as JSON (including `valid`).
std::string as_of_text(const ledger::Genesis& genesis, const ledger::ProofContext& proof, Language language);
std::string signers_text(const ledger::Genesis& genesis, const ledger::ProofContext& proof, Language language);
boost::json::object common_json(const ledger::Genesis& genesis, const ledger::ProofContext& proof,
                                const std::string& sentence);

// Why a proof is invalid. In Chinese: a summary, followed by the verifier's message; in English: the verifier's
// message.
std::string refusal(std::string_view reason, Language language);

}  // namespace xinlian::node
