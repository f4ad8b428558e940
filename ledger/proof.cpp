#include "ledger/proof.hpp"

namespace xinlian::ledger {

namespace {

constexpr std::string_view magic_of_any_version = "xinlian-proof/";

}  // namespace

std::string_view name_of(ProofKind kind) {
    switch (kind) {
        case ProofKind::record:
            return "record";
        case ProofKind::entry:
            return "entry";
        case ProofKind::subject:
            return "subject";
        case ProofKind::batch:
            return "batch";
        case ProofKind::evidence:
            return "evidence";
    }
    return "unknown";
}

Bytes print_proof(const Proof& proof) {
    Writer writer;
    writer.raw(as_bytes(proof_magic));
    writer(proof);
    return writer.take();
}

Result<Proof> parse_proof(ByteView file) {
    if (file.size() > proof_bytes_max) {
        return Error{Errc::too_large, "the proof file has " + std::to_string(file.size()) + " bytes; at most " +
                                          std::to_string(proof_bytes_max) + " are read"};
    }
    const std::string_view text = as_text(file);
    if (!text.starts_with(proof_magic)) {
        // Only a whole first line that names another version is one; anything else is no proof file at all.
        const std::size_t line = text.substr(0, 32).find('\n');
        if (text.starts_with(magic_of_any_version) && line != std::string_view::npos) {
            return Error{Errc::unsupported,
                         "the proof file is of a version this program does not know; use a newer one"};
        }
        return Error{Errc::malformed, "this is not a proof file: it does not start with the line xinlian-proof/1"};
    }
    Result<Proof> proof = decode<Proof>(file.subspan(proof_magic.size()));
    if (!proof) return within("the proof file, after its first line", std::move(proof).error());
    return proof;
}

}  // namespace xinlian::ledger
