#include "tests/sim/byzantine.hpp"

#include <deque>

namespace xinlian::sim {

namespace wire = node::wire;
using consensus::Proposal;
using consensus::Vote;

namespace {

constexpr std::size_t remembered_max = 200;

bool is_leaders_turn(const World& world, std::size_t node, View view) {
    return world.genesis().committee().leader(view) == world.node(node).member;
}

class Byzantine : public Tongue {
public:
    explicit Byzantine(Vice vice) : vice_(vice) {}

    void said(World& world, std::size_t node, std::size_t to, const PacketPtr& packet) override {
        remember(packet);
        const Vice vice = mood(world.chance());
        const auto* inner = std::get_if<wire::Consensus>(packet->message.get());
        switch (vice) {
            case Vice::equivocator:
                if (inner != nullptr && two_tongued(world, node, to, inner->message)) return;
                break;
            case Vice::silent: {
                if (inner == nullptr) break;
                const auto message = test::must(consensus::decode_message(inner->message));
                if (std::holds_alternative<Proposal>(message) || world.chance().permille(300)) return;
                break;
            }
            case Vice::slow:
                ++world.figures.forged;
                return world.post(node, to, packet, {world.chance().between(300, 4'000)});
            case Vice::withholder:
                if (packet->body || std::holds_alternative<wire::BlockBody>(*packet->message) ||
                    std::holds_alternative<wire::Range>(*packet->message))
                    return;
                break;
            case Vice::garbage:
                if (world.chance().permille(100)) return send(world, node, to, flipped(world, packet->bytes));
                break;
            case Vice::liar:
                if (const auto* range = std::get_if<wire::Range>(packet->message.get()); range != nullptr)
                    return send(world, node, to, wire::encode_message(false_range(world, *range)));
                break;
            case Vice::bulk:
                if (inner != nullptr && propose_bulk(world, node, to, inner->message)) return;
                break;
            case Vice::replayer:
            case Vice::giant:
            case Vice::moody:
                break;
        }
        world.post(node, to, packet);
    }

    void heard(World&, std::size_t, std::size_t, const PacketPtr& packet) override {
        if (packet->message) remember(packet);
    }

    void restless(World& world, std::size_t node) override {
        Chance& chance = world.chance();
        const std::size_t to = chance.below(world.size());
        switch (mood(chance)) {
            case Vice::liar:
                return send(world, node, to, wire::encode_message(lie(world)));
            case Vice::replayer:
                for (std::uint64_t n = chance.below(6); n > 0 && !remembered_.empty(); --n) {
                    const PacketPtr& old = remembered_[chance.below(remembered_.size())];
                    world.post(node, chance.below(world.size()), old);
                }
                return;
            case Vice::giant:
                return send(world, node, to, wire::encode_message(giant(world, node)));
            case Vice::garbage:
                return send(world, node, to, rubbish(chance));
            case Vice::bulk:
                return burst(world, node, to);
            case Vice::equivocator:
                return contradict(world, node);
            case Vice::withholder: {
                // Names batches that nobody holds, in a sync status and to a leader's peers.
                const Height height = world.height(node);
                wire::SyncStatus status{height, {}, {}};
                for (std::uint64_t n = chance.below(4); n > 0; --n) status.waiting.push_back(random_hash(chance));
                return send(world, node, to, wire::encode_message(status));
            }
            case Vice::silent:
            case Vice::slow:
            case Vice::moody:
                return;
        }
    }

private:
    Vice mood(Chance& chance) const {
        return vice_ == Vice::moody ? static_cast<Vice>(chance.below(static_cast<std::uint64_t>(Vice::moody))) : vice_;
    }
    void remember(const PacketPtr& packet) {
        remembered_.push_back(packet);
        if (remembered_.size() > remembered_max) remembered_.pop_front();
    }
    static void send(World& world, std::size_t node, std::size_t to, Bytes bytes) {
        ++world.figures.forged;
        world.post(node, to, world.packet(std::move(bytes)));
    }
    static void send(World& world, std::size_t node, std::size_t to, const consensus::Message& message) {
        send(world, node, to, wire::encode_message(wire::Consensus{consensus::encode_message(message)}));
    }
    static Hash random_hash(Chance& chance) {
        Hash hash;
        for (auto& byte : hash.bytes) byte = static_cast<std::uint8_t>(chance.next());
        return hash;
    }
    static Signature sign(World& world, std::size_t node, const Statement& statement) {
        return world.federation()
            .validator(*world.node(node).member)
            .sign(signing_bytes(world.genesis().chain_id(), statement));
    }
    static Vote vote(World& world, std::size_t node, const Statement& statement) {
        return {statement, {*world.node(node).member, sign(world, node, statement)}};
    }

    // The same block with a time one millisecond later: equally valid, and different.
    static std::optional<Proposal> other_proposal(World& world, std::size_t node, const Proposal& proposal) {
        auto block = decode<ledger::Block>(proposal.block);
        if (!block) return std::nullopt;
        block->header.time = block->header.time + Duration{1};
        Proposal other = proposal;
        other.block = encode(*block);
        other.statement.block = ledger::block_id(world.genesis().suite(), block->header);
        other.signature = sign(world, node, other.statement);
        return other;
    }

    // Returns true if something else was sent instead of the message.
    bool two_tongued(World& world, std::size_t node, std::size_t to, const Bytes& encoded) {
        const auto message = test::must(consensus::decode_message(encoded));
        if (const auto* proposal = std::get_if<Proposal>(&message); proposal != nullptr) {
            if (!is_leaders_turn(world, node, proposal->statement.view)) return false;
            const auto other = other_proposal(world, node, *proposal);
            if (!other || world.chance().permille(400)) return false;
            others_[proposal->statement.view] = *other->statement.block;
            if (world.chance().permille(200)) send(world, node, to, *proposal);  // sends both to one receiver
            send(world, node, to, *other);
            return true;
        }
        const auto* own = std::get_if<Vote>(&message);
        if (own == nullptr || own->by.member != world.node(node).member) return false;
        Statement said = own->statement;
        const auto other = others_.find(said.view);
        if (said.kind == VoteKind::notarize && other != others_.end()) {
            send(world, node, to, *own);
            said.block = other->second;
            send(world, node, to, vote(world, node, said));
            return true;
        }
        if (said.kind == VoteKind::finalize && world.chance().permille(500)) {
            send(world, node, to, vote(world, node, {VoteKind::nullify, said.epoch, said.view, {}, {}}));
            return world.chance().permille(500);
        }
        return false;
    }

    // A block of its own with hundreds of batches that nobody holds.
    static bool propose_bulk(World& world, std::size_t node, std::size_t to, const Bytes& encoded) {
        const auto message = test::must(consensus::decode_message(encoded));
        const auto* own = std::get_if<Proposal>(&message);
        if (own == nullptr || !is_leaders_turn(world, node, own->statement.view)) return false;
        auto block = decode<ledger::Block>(own->block);
        if (!block) return false;
        for (std::uint64_t n = world.chance().between(1, 600); n > 0; --n)
            block->batches.push_back(random_hash(world.chance()));
        block->header.body_hash = ledger::body_hash(world.genesis().suite(), *block);
        Proposal large = *own;
        large.block = encode(*block);
        large.statement.block = ledger::block_id(world.genesis().suite(), block->header);
        large.signature = sign(world, node, large.statement);
        send(world, node, to, large);
        return true;
    }

    static void burst(World& world, std::size_t node, std::size_t to) {
        Chance& chance = world.chance();
        std::vector<Hash> hashes;
        for (std::size_t n = 0; n < wire::pool_ids_max; ++n) hashes.push_back(random_hash(chance));
        const Height height = world.height(node);
        switch (chance.below(6)) {
            case 0:
                return send(world, node, to, wire::encode_message(wire::SyncStatus{height, hashes[0], hashes}));
            case 1:
                return send(world, node, to, wire::encode_message(wire::BatchRequest{hashes}));
            case 2:
                for (int n = 0; n < 50; ++n)
                    send(world, node, to, wire::encode_message(wire::RangeRequest{chance.below(height + 2)}));
                return;
            case 3:
                for (int n = 0; n < 50; ++n) send(world, node, to, wire::encode_message(wire::BlockRequest{hashes[n]}));
                return;
            case 4:
                return send(world, node, to,
                            Bytes(net::frame_bytes_max + 1, static_cast<std::uint8_t>(chance.below(12))));
            default: {
                consensus::StatusReport report;
                report.current = world.up(node) ? world.node(node).replica->overview().current : 1;
                for (std::size_t n = 0; n < consensus::status_votes_max; ++n)
                    report.votes.push_back(vote(world, node, {VoteKind::notarize, 0, report.current, hashes[n], {}}));
                return send(world, node, to, report);
            }
        }
    }

    // Sends without cause a vote to skip a view in which it voted, or a vote for a block that nobody proposed, in a
    // nearby view.
    void contradict(World& world, std::size_t node) {
        if (!world.up(node)) return;
        Chance& chance = world.chance();
        const View current = world.node(node).replica->overview().current;
        const View back = std::min<View>(chance.below(3), current - 1);
        const View view = current - back + chance.below(2);
        Statement said{VoteKind::nullify, 0, view, {}, {}};
        if (chance.permille(600)) {
            said.kind = chance.permille(500) ? VoteKind::notarize : VoteKind::finalize;
            said.block = random_hash(chance);
            if (said.kind == VoteKind::finalize) said.result = ExecutionResult{chance.below(9), {}, {}};
        }
        const Vote made = vote(world, node, said);
        for (std::size_t to = 0; to < world.size(); ++to) {
            if (chance.permille(600)) send(world, node, to, made);
        }
    }

    static wire::Range false_range(World& world, wire::Range range) {
        if (range.blocks.empty()) return range;
        Chance& chance = world.chance();
        wire::RangeBlock& last = range.blocks.back();
        switch (chance.below(6)) {
            case 0:
                if (last.certificate) last.certificate->signatures.assign(4, last.certificate->signatures.front());
                break;
            case 1:
                if (last.certificate && last.certificate->statement.result)
                    last.certificate->statement.result->log_size += 1;
                break;
            case 2:
                last.block.header.time = last.block.header.time + Duration{1};
                break;
            case 3:
                range.blocks.pop_back();
                break;
            case 4:  // the end of a run that does not exist
                last.batches.clear();
                range.blocks = {last};
                break;
            default:
                if (!last.batches.empty() && !last.batches[0].empty()) last.batches[0].back() ^= 1;
                break;
        }
        return range;
    }

    static wire::Message lie(World& world) {
        Chance& chance = world.chance();
        if (chance.permille(500)) {
            wire::SyncStatus status{chance.permille(500) ? ~Height{0} : chance.below(1'000), random_hash(chance), {}};
            return status;
        }
        // A certificate with one signer, repeated as often as needed.
        Certificate made{{VoteKind::nullify, 0, chance.between(1, 1'000), {}, {}}, {}};
        if (chance.permille(500)) {
            made.statement.kind = VoteKind::finalize;
            made.statement.block = random_hash(chance);
            made.statement.result = ExecutionResult{1, {}, {}};
        }
        const auto byzantine = static_cast<MemberIndex>(chance.below(world.members()));
        const std::uint64_t step = chance.below(2);
        for (std::size_t i = 0; i < world.genesis().committee().quorum(); ++i)
            made.signatures.push_back({static_cast<MemberIndex>(byzantine + i * step), {}});
        consensus::StatusReport report;
        report.current = made.statement.view + 1;
        report.entry = made;
        if (chance.permille(500)) return wire::Consensus{consensus::encode_message(made)};
        return wire::Consensus{consensus::encode_message(report)};
    }

    wire::Message giant(World& world, std::size_t node) {
        Chance& chance = world.chance();
        const View current = world.up(node) ? world.node(node).replica->overview().current : 1;
        const std::array<View, 7> edges{0, 1, current + 8, current + 9, View{1} << 63, ~View{0} - 1, ~View{0}};
        const View view = edges[chance.below(edges.size())];
        const Statement said{chance.permille(500) ? VoteKind::nullify : VoteKind::notarize,
                             chance.below(2),
                             view,
                             random_hash(chance),
                             {}};
        switch (chance.below(5)) {
            case 0:
                return wire::Consensus{consensus::encode_message(vote(world, node, said))};
            case 1:
                return wire::Consensus{
                    consensus::encode_message(consensus::CertificateRequest{view, edges[chance.below(edges.size())]})};
            case 2:
                return wire::RangeRequest{view};
            case 3: {
                consensus::StatusReport report;
                report.current = view;
                return wire::Consensus{consensus::encode_message(report)};
            }
            default: {
                Proposal proposal;
                proposal.statement = {VoteKind::propose, 0, view, random_hash(chance), {}};
                proposal.parent_view = edges[chance.below(edges.size())];
                proposal.signature = sign(world, node, proposal.statement);
                return wire::Consensus{consensus::encode_message(proposal)};
            }
        }
    }

    static Bytes rubbish(Chance& chance) {
        Bytes bytes(chance.between(1, 300));
        for (auto& byte : bytes) byte = static_cast<std::uint8_t>(chance.next());
        if (chance.permille(700)) bytes[0] = static_cast<std::uint8_t>(chance.between(1, 12));
        return bytes;
    }
    static Bytes flipped(World& world, Bytes bytes) {
        bytes[world.chance().below(bytes.size())] ^= static_cast<std::uint8_t>(1 << world.chance().below(8));
        return bytes;
    }

    Vice vice_;
    std::deque<PacketPtr> remembered_;
    std::map<View, Hash> others_;  // the second block it proposed in a view
};

}  // namespace

std::unique_ptr<Tongue> make_tongue(Vice vice) { return std::make_unique<Byzantine>(vice); }

}  // namespace xinlian::sim
