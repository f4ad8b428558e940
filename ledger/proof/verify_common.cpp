#include "ledger/proof/verify_common.hpp"

#include <algorithm>

namespace xinlian::ledger {

namespace {

bool is_on(const Genesis& genesis, const LogEntry& leaf, const Hash& list) {
    const std::vector<ListKey> lists = lists_of(genesis, leaf.issuer, leaf.entry);
    return std::any_of(lists.begin(), lists.end(), [&list](const ListKey& of) { return of.key == list; });
}

}  // namespace

Result<Certified> check_anchor(const Genesis& genesis, const Hash& chain_id, const Anchor& anchor) {
    if (chain_id != genesis.chain_id()) {
        return invalid("the proof belongs to chain " + chain_id.hex() + ", not to the genesis file's chain " +
                       genesis.chain_id().hex());
    }
    const Statement& statement = anchor.certificate.statement;
    if (statement.kind != VoteKind::finalize) return invalid("the certificate does not finalize a block");
    if (!statement.result) return invalid("the certificate has no result");
    if (statement.block != block_id(genesis.suite(), anchor.header)) {
        return invalid("the certificate is for another block than the proof's header");
    }
    if (statement.view != anchor.header.view || statement.epoch != anchor.header.epoch) {
        return invalid("the certificate is for another view than the proof's block");
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
    if (index >= certified.result.log_size) return invalid(where + " is beyond the end of the log");
    if (leaf.height == 0 || leaf.height > certified.header.height)
        return invalid(where + " has a height of 0 or above the height of the proof's block");
    if (leaf.time > certified.header.time) return invalid(where + " is later than the proof's block");
    if (Status status = check(leaf.entry); !status) return within(where, std::move(status).error());
    return Status();
}

Status check_list(const Genesis& genesis, const Certified& certified, const Hash& list,
                  const std::optional<ListState>& stated, std::span<const ListAnswer::Item> entries) {
    const ListState state = stated.value_or(ListState{});
    if (stated && state.count == 0) return invalid("the list is empty, but the map contains it");
    if (state.count != entries.size()) {
        return invalid("the proof lists " + std::to_string(entries.size()) + " entries; the list has " +
                       std::to_string(state.count));
    }
    Hash head;
    std::uint64_t least = 0;  // smallest index the next entry may have
    for (const ListAnswer::Item& item : entries) {
        const std::string where = "entry " + std::to_string(item.index);
        if (item.index < least) return invalid(where + " is out of order");
        least = item.index + 1;  // cannot overflow: the index
        if (!is_on(genesis, item.entry, list)) return invalid(where + " belongs to another list");
        XL_TRY_STATUS(check_place(certified, item.entry, item.index));
        head = list_next(certified.suite, head, log_leaf_hash(certified.suite, encode(item.entry)), item.index);
    }
    if (head != state.head) return invalid("the entries do not match the head of the list");
    return Status();
}

}  // namespace xinlian::ledger
