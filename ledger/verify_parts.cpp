#include "ledger/verify_parts.hpp"

namespace xinlian::ledger {

namespace {

Error refused(std::string text) { return {Errc::invalid, std::move(text)}; }

}  // namespace

Result<Certified> check_anchor(const Genesis& genesis, const Hash& chain_id, const Anchor& anchor) {
    if (chain_id != genesis.chain_id()) {
        return refused("the proof is of the chain " + chain_id.hex() + ", not of the genesis file's, " +
                       genesis.chain_id().hex());
    }
    const Statement& statement = anchor.certificate.statement;
    if (statement.kind != VoteKind::finalize) return refused("the certificate does not finalize a block");
    if (!statement.result) return refused("the certificate names no result");
    if (statement.block != block_id(genesis.suite(), anchor.header)) {
        return refused("the certificate is of another block than the proof's header");
    }
    if (statement.view != anchor.header.view || statement.epoch != anchor.header.epoch) {
        return refused("the certificate is of another view than the proof's block");
    }
    return Certified{genesis.suite(), anchor.header, *statement.result};
}

Result<std::vector<std::string>> check_signers(const Genesis& genesis, const Certificate& certificate) {
    if (Status status = genesis.committee().check(genesis.chain_id(), certificate); !status) {
        return within("the certificate", std::move(status).error());
    }
    std::vector<std::string> signers;
    for (const MemberSignature& signature : certificate.signatures) {
        signers.push_back(genesis.validator(signature.member).id);
    }
    return signers;
}

Status check_place(const Certified& certified, const LogEntry& leaf, std::uint64_t index) {
    const std::string where = "entry " + std::to_string(index);
    if (index >= certified.result.log_size) return refused(where + " lies beyond the log's end");
    if (leaf.height == 0 || leaf.height > certified.header.height)
        return refused(where + " is of a height outside of the proof's");
    if (leaf.time > certified.header.time) return refused(where + " is younger than the proof's block");
    if (Status status = check(leaf.entry); !status) return within(where, std::move(status).error());
    return Status();
}

Status check_subject_list(const Certified& certified, const Hash& subject, const std::optional<SubjectState>& stated,
                          std::span<const SubjectAnswer::Item> entries) {
    const SubjectState state = stated.value_or(SubjectState{});
    if (stated && state.count == 0) return refused("the subject's chain is empty, yet it is in the map");
    if (state.count != entries.size()) {
        return refused("the proof lists " + std::to_string(entries.size()) + " entries; the subject has " +
                       std::to_string(state.count));
    }
    Hash head;
    std::uint64_t least = 0;  // smallest index the next entry may have
    for (const SubjectAnswer::Item& item : entries) {
        const std::string where = "entry " + std::to_string(item.index);
        if (item.index < least) return refused(where + " is out of order");
        least = item.index + 1;  // cannot wrap: the index is below the log's size
        if (item.entry.entry.subject != subject) return refused(where + " is about another subject");
        XL_TRY_STATUS(check_place(certified, item.entry, item.index));
        head =
            subject_chain_next(certified.suite, head, log_leaf_hash(certified.suite, encode(item.entry)), item.index);
    }
    if (head != state.head) return refused("the entries do not give the head of the subject's chain");
    return Status();
}

}  // namespace xinlian::ledger
