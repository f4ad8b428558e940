// Laws: a block is refused, or is the encoding of what it decodes to; it may follow the genesis block if and only if an
// independent check of the rules says so. The first byte says what is corrected before: 1 place, 2 time, 4 hash of the
// body, 8 signatures of the evidence by the members it names.
#include <set>

#include "tests/fuzz/input.hpp"
#include "tests/support/builders.hpp"

using namespace xinlian;
using namespace xinlian::ledger;

namespace {

void sign_evidence(const test::Federation& federation, Block& block) {
    const Genesis& genesis = federation.genesis();
    for (Evidence& evidence : block.evidence) {
        if (evidence.member >= genesis.committee().size()) continue;
        const SecretKey& key = federation.validator(evidence.member);
        evidence.first_signature = key.sign(signing_bytes(genesis.chain_id(), evidence.first));
        evidence.second_signature = key.sign(signing_bytes(genesis.chain_id(), evidence.second));
    }
}

// Written from docs/encoding.md, section 7.
bool evidence_holds(const test::Federation& federation, const Block& block) {
    const Genesis& genesis = federation.genesis();
    std::set<MemberIndex> members;
    std::vector<MemberIndex> order;
    for (const Evidence& evidence : block.evidence) {
        const Statement &a = evidence.first, &b = evidence.second;
        if (evidence.member >= 4 || a.epoch != block.header.epoch || b.epoch != a.epoch || a.view != b.view)
            return false;
        for (const Statement* said : {&a, &b}) {
            if (said->block.has_value() == (said->kind == VoteKind::nullify)) return false;
            if (said->result.has_value() != (said->kind == VoteKind::finalize)) return false;
        }
        const std::set<VoteKind> kinds{a.kind, b.kind};
        const bool excluded =
            (kinds.size() == 1 && a != b) || kinds == std::set<VoteKind>{VoteKind::nullify, VoteKind::finalize} ||
            (kinds == std::set<VoteKind>{VoteKind::notarize, VoteKind::finalize} && a.block != b.block);
        if (!excluded) return false;
        const PublicKey& key = genesis.committee().key(evidence.member);
        if (!verify(key, signing_bytes(genesis.chain_id(), a), evidence.first_signature) ||
            !verify(key, signing_bytes(genesis.chain_id(), b), evidence.second_signature)) {
            return false;
        }
        members.insert(evidence.member);
        order.push_back(evidence.member);
    }
    return order.size() <= 4 && order == std::vector<MemberIndex>(members.begin(), members.end());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const test::Federation federation;
    const Genesis& genesis = federation.genesis();
    fuzz::Input input(data, size);
    const std::uint8_t what = input.byte();
    const Bytes bytes = fuzz::copy(input.rest());
    auto block = decode<Block>(bytes);
    if (!block) return 0;
    XL_CHECK(encode(*block) == bytes);
    XL_CHECK(bytes.size() <= block_bytes_max);

    const BlockHeader parent = genesis_block(genesis).header;
    BlockHeader& header = block->header;
    if ((what & 1) != 0) {
        header.epoch = 0;
        header.height = 1;
        header.parent = block_id(genesis.suite(), parent);
        header.proposer = static_cast<MemberIndex>(header.view % 4);
    }
    if ((what & 2) != 0) header.time = parent.time;
    if ((what & 8) != 0) sign_evidence(federation, *block);
    if ((what & 4) != 0) header.body_hash = body_hash(genesis.suite(), *block);
    const bool place = header.epoch == 0 && header.height == 1 && header.view > 0 &&
                       header.proposer == header.view % 4 && header.parent == block_id(genesis.suite(), parent) &&
                       header.time >= parent.time;
    const bool list = std::set<Hash>(block->batches.begin(), block->batches.end()).size() == block->batches.size() &&
                      block->batches.size() <= 512 && header.body_hash == body_hash(genesis.suite(), *block);
    XL_CHECK(check_block(genesis, genesis.parameters(), *block, parent).ok() ==
             (place && list && evidence_holds(federation, *block)));
    return 0;
}
