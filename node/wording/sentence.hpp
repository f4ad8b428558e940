// A verified finding, said to a person in one sentence, Chinese or English; and to a machine, as JSON.
//
// "Unaltered" and "current" are two statements: the first is about the entry, the second about the height the proof
// speaks of. Nothing here decides anything: verify_proof did.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <vector>

#include "ledger/proof/verify.hpp"
#include "ledger/rules/terms.hpp"
#include "node/wording/language.hpp"

namespace xinlian::node {

struct Saying {
    std::string sentence;
    std::vector<std::string> lines;  // a subject's entries, one each; fields that were opened
};

// Whether the reader brought the row itself and it was compared with the digest.
enum class RowCheck : unsigned char { not_given, compared };

// Who reads, and what for.
struct Reader {
    Language language = Language::en;
    RowCheck row = RowCheck::not_given;
    std::optional<ledger::Date> on{};  // the day for which it is told whether a record may be shown; else the proof's
    std::optional<Height> height{};    // of a subject's records: as of this earlier height
    std::optional<Time> now{};         // the reader's clock: says how old the proof is
    const ledger::Terms* terms = &ledger::shipped_terms();  // by which it is told; outlives the reader
};

// `finding` must come from verify_proof with this genesis.
Saying say(const ledger::Genesis& genesis, const ledger::Finding& finding, const Reader& reader);
boost::json::object to_json(const ledger::Genesis& genesis, const ledger::Finding& finding, const Reader& reader);

// What every kind of proof says alike: as of when, who signed, and the same for machines (`valid` among it).
std::string as_of_text(const ledger::Genesis& genesis, const ledger::ProofContext& proof, Language language);
std::string signers_text(const ledger::Genesis& genesis, const ledger::ProofContext& proof, Language language);
boost::json::object common_json(const ledger::Genesis& genesis, const ledger::ProofContext& proof,
                                const std::string& sentence);

// Why a proof does not hold: in Chinese the gist, with the verifier's own words after it; in English those words.
std::string refusal(std::string_view reason, Language language);

}  // namespace xinlian::node
