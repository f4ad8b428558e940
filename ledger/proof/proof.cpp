#include "ledger/proof/proof.hpp"

namespace xinlian::ledger {

namespace {

constexpr std::string_view magic_of_any_version = "xinlian-proof/";

constexpr std::pair<StateKind, std::string_view> list_names[] = {{StateKind::subject, "subject"},
                                                                 {StateKind::grants_of_subject, "asked"},
                                                                 {StateKind::uses_of_grant, "uses"},
                                                                 {StateKind::acts_of_member, "dealings"}};

}  // namespace

std::string_view name_of(ProofKind kind) {
    switch (kind) {
        case ProofKind::record:
            return "record";
        case ProofKind::entry:
            return "entry";
        case ProofKind::list:
            return "list";
        case ProofKind::batch:
            return "batch";
        case ProofKind::evidence:
            return "evidence";
        case ProofKind::grant:
            return "grant";
        case ProofKind::query:
            return "query";
        case ProofKind::account:
            return "account";
        case ProofKind::feed:
            return "feed";
    }
    return "unknown";
}

std::string_view name_of_list(StateKind list) {
    for (const auto& [kind, name] : list_names) {
        if (kind == list) return name;
    }
    return "unknown";
}

Result<StateKind> list_named(std::string_view name) {
    for (const auto& [kind, known] : list_names) {
        if (known == name) return kind;
    }
    return Error{Errc::unsupported, "unknown list; expected subject, asked, uses or dealings"};
}

std::vector<std::uint64_t> causes_of(const RecordState& state) {
    std::vector<std::uint64_t> causes{state.index};
    if (!state.life) return causes;
    const Life& life = *state.life;
    if (life.repair != RepairStage::none) causes.push_back(life.repair_mark.index);
    for (const std::optional<Mark>* mark : {&life.dispute, &life.withdrawn, &life.erased}) {
        if (*mark) causes.push_back((*mark)->index);
    }
    return causes;
}

std::vector<std::uint64_t> causes_of(const GrantState& state) {
    std::vector<std::uint64_t> causes{state.index};
    if (state.revoked) causes.push_back(*state.revoked);
    return causes;
}

std::vector<std::uint64_t> causes_of(const QueryState& state) {
    std::vector<std::uint64_t> causes{state.index};
    if (state.answered) causes.push_back(*state.answered);
    if (state.acknowledged) causes.push_back(*state.acknowledged);
    return causes;
}

std::vector<std::uint64_t> causes_of(const AccountState& state) {
    std::vector<std::uint64_t> causes;
    if (state.by_requester) causes.push_back(*state.by_requester);
    if (state.by_provider) causes.push_back(*state.by_provider);
    return causes;
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
                                          std::to_string(proof_bytes_max) + " are allowed"};
    }
    const std::string_view text = as_text(file);
    if (!text.starts_with(proof_magic)) {
        // Only a complete first line with another version means another version; anything else is not a proof file.
        const std::size_t line = text.substr(0, 32).find('\n');
        if (text.starts_with(magic_of_any_version) && line != std::string_view::npos) {
            return Error{Errc::unsupported, "this program does not know the proof file's version; use a newer program"};
        }
        return Error{Errc::malformed, "this is not a proof file: it does not start with the line xinlian-proof/1"};
    }
    Result<Proof> proof = decode<Proof>(file.subspan(proof_magic.size()));
    if (!proof) return within("the proof file, after its first line", std::move(proof).error());
    return proof;
}

}  // namespace xinlian::ledger
