#include "tests/disk/members.hpp"

namespace xinlian::disk {

using node::Clock;
using node::Effects;
using node::Replica;
namespace wire = node::wire;

bool contradict(const Statement& a, const Statement& b) {
    if (a.epoch != b.epoch || a.view != b.view) return false;
    const bool a_skips = a.kind == VoteKind::nullify, b_skips = b.kind == VoteKind::nullify;
    if (a_skips && b_skips) return false;
    if (a_skips || b_skips) return (a_skips ? b : a).kind == VoteKind::finalize;
    if (a.block != b.block) return true;
    return a.kind == VoteKind::finalize && b.kind == VoteKind::finalize && a.result != b.result;
}

Members::Members(std::string root, std::set<std::size_t> on_disk, std::uint64_t journal_bytes_max)
    : root_(std::move(root)), journal_bytes_max_(journal_bytes_max) {
    for (const std::size_t i : on_disk) members_.at(i).on_disk = true;
}

node::ReplicaSettings Members::settings(std::size_t i) const {
    node::ReplicaSettings made;
    made.self = static_cast<MemberIndex>(i);
    made.sign = [this, i](ByteView message) {
        return federation_.validator(static_cast<MemberIndex>(i)).sign(message);
    };
    for (std::size_t other = 0; other < count; ++other) {
        if (other != i) made.peers.emplace_back(static_cast<MemberIndex>(other));
    }
    made.journal_bytes_max = journal_bytes_max_;
    return made;
}

Status Members::start(std::size_t i) {
    Member& at = members_[i];
    if (at.on_disk) {
        XL_TRY(node::DataFolder opened, node::open_data_folder(root_ + "/" + std::to_string(i), genesis()));
        at.data = std::make_unique<node::DataFolder>(std::move(opened));
        at.recalled = at.data->memory;
        at.replica = std::make_unique<Replica>(settings(i), *at.data->chain);
        XL_TRY_STATUS(at.replica->start(at.data->records, at.recalled, clock()));
    } else {
        XL_TRY(at.memory_chain, ledger::Chain::open(at.memory, genesis()));
        at.replica = std::make_unique<Replica>(settings(i), *at.memory_chain);
        XL_TRY_STATUS(at.replica->start(at.records, consensus::Memory::whole, clock()));
    }
    at.wake = Time{now_ms_};
    apply_effects(i);
    return Status();
}

Status Members::begin() {
    for (std::size_t i = 0; i < count; ++i) {
        if (!members_[i].replica) XL_TRY_STATUS(start(i));
    }
    for (std::size_t a = 0; a < count; ++a) {
        for (std::size_t b = 0; b < count; ++b) {
            if (a != b && members_[a].replica) turn(a, [&](Replica& r, Clock now) { r.connected(peer(a, b), now); });
        }
    }
    return Status();
}

void Members::drop(std::size_t i) {
    Member& at = members_[i];
    static_cast<void>(at.replica.release());
    static_cast<void>(at.data.release());
    at.wake.reset();
    ++at.life;
    for (std::size_t other = 0; other < count; ++other) {
        if (other != i && members_[other].replica) members_[other].replica->disconnected(peer(other, i));
    }
}

void Members::submit(std::size_t i, const ledger::BatchPtr& batch) {
    turn(i, [&](Replica& r, Clock now) {
        if (const auto answer = r.submit(batch, now); !answer) fail("a batch was refused: " + answer.error().text);
    });
}

void Members::deliver(std::size_t from, std::size_t to, const wire::Message& message) {
    if (!members_[to].replica) return;
    const node::PeerIndex by = peer(to, from);
    if (const auto* body = std::get_if<wire::BatchBody>(&message)) {
        const auto batch = ledger::check_batch(genesis(), body->batch);
        if (batch) turn(to, [&](Replica& r, Clock now) { r.body(by, *batch, now); });
        return;
    }
    turn(to, [&](Replica& r, Clock now) { r.receive(by, message, now); });
}

template <class Input>
void Members::turn(std::size_t i, Input&& input) {
    input(*members_[i].replica, clock());
    apply_effects(i);
}

void Members::apply_effects(std::size_t i) {
    Member& at = members_[i];
    const Status done = node::apply_effects(
        at.replica->take(), [&](const Effects& effects) { return persist(at, effects); },
        [&](const Effects& effects) { release(i, effects); });
    if (done) return;
    at.fatal = done.error();
    drop(i);
}

Status Members::persist(Member& at, const Effects& effects) {
    if (effects.rotate) ++rotations_;
    if (at.on_disk) return node::persist(*at.data->journal, effects);
    at.records.insert(at.records.end(), effects.persist.begin(), effects.persist.end());
    if (effects.rotate) at.records = *effects.rotate;
    return Status();
}

void Members::release(std::size_t i, const Effects& effects) {
    Member& at = members_[i];
    if (at.on_disk && at_turn) at_turn(i, Moment::kept);
    for (const Bytes& frame : effects.broadcast) {
        hear(i, frame);
        for (std::size_t to = 0; to < count; ++to) {
            if (to != i) post(i, to, frame);
        }
    }
    for (const auto& [to, frame] : effects.send) {
        hear(i, frame);
        post(i, member_of_peer(i, to), frame);
    }
    for (const ledger::Receipt& receipt : effects.settled) at.receipts.emplace(receipt.batch, receipt);
    for (const ledger::StoredBlock& block : effects.committed)
        at.acknowledged.emplace(block.block.header.height, block.id);
    for (const consensus::Note& note : effects.notes) {
        if (note.kind == consensus::Note::Kind::halted && !may_halt)
            fail("member " + std::to_string(i) + " halted: " + note.text);
    }
    if (effects.wake && (!at.wake || *effects.wake < *at.wake)) at.wake = effects.wake;
    if (at.on_disk && at_turn) at_turn(i, Moment::sent);
}

void Members::post(std::size_t from, std::size_t to, const Bytes& frame) {
    if (!members_[to].replica) return;
    if (passes && !passes(from, to, test::must(wire::decode_message(frame)))) return;
    frames_.emplace(now_ms_ + 1, Frame{from, to, members_[from].life, members_[to].life, frame});
}

void Members::hear(std::size_t i, const Bytes& frame) {
    const wire::Message message = test::must(wire::decode_message(frame));
    const auto* inner = std::get_if<wire::Consensus>(&message);
    if (inner == nullptr) return;
    const consensus::Message decoded = test::must(consensus::decode_message(inner->message));
    if (const auto* vote = std::get_if<consensus::Vote>(&decoded); vote != nullptr && vote->by.member == i)
        say(i, vote->statement);
    if (const auto* proposal = std::get_if<consensus::Proposal>(&decoded);
        proposal != nullptr && genesis().committee().leader(proposal->statement.view) == i)
        say(i, proposal->statement);
    if (const auto* status = std::get_if<consensus::StatusReport>(&decoded)) {
        for (const consensus::Vote& vote : status->votes) say(i, vote.statement);
    }
}

void Members::say(std::size_t i, const Statement& statement) {
    for (const Statement& before : members_[i].said) {
        if (before == statement) return;
        if (contradict(before, statement)) {
            fail("member " + std::to_string(i) + " said both " + std::string(name_of(before.kind)) + " and " +
                 std::string(name_of(statement.kind)) + " of two kinds in view " + std::to_string(statement.view));
        }
    }
    members_[i].said.push_back(statement);
}

bool Members::step(std::uint64_t until_ms) {
    std::uint64_t next = frames_.empty() ? ~std::uint64_t{0} : frames_.begin()->first;
    std::optional<std::size_t> waking;
    for (std::size_t i = 0; i < count; ++i) {
        if (!members_[i].replica || !members_[i].wake) continue;
        const std::uint64_t at = std::max(members_[i].wake->ms, now_ms_);
        if (at >= next) continue;
        next = at;
        waking = i;
    }
    if (next > until_ms) {
        now_ms_ = std::max(now_ms_, until_ms);
        return false;
    }
    now_ms_ = std::max(now_ms_, next);
    if (waking) {
        members_[*waking].wake.reset();
        turn(*waking, [](Replica& r, Clock now) { r.tick(now); });
        return true;
    }
    const Frame frame = std::move(frames_.begin()->second);
    frames_.erase(frames_.begin());
    if (members_[frame.from].life == frame.from_life && members_[frame.to].life == frame.to_life)
        deliver(frame.from, frame.to, test::must(wire::decode_message(frame.bytes)));
    return true;
}

void Members::run_ms(std::uint64_t ms) {
    for (const std::uint64_t until = now_ms_ + ms; !wrong_ && step(until);) {
    }
}

bool Members::run_until(const std::function<bool()>& holds, std::uint64_t ms_max) {
    const std::uint64_t until = now_ms_ + ms_max;
    while (!wrong_ && !holds() && step(until)) {
    }
    return !wrong_ && holds();
}

bool Members::all_hold(const ledger::BatchPtr& batch) const {
    for (const Member& at : members_) {
        if (!at.replica || !at.chain().snapshot()->state.outcome(batch->id)) return false;
    }
    return true;
}

void Members::check_acknowledged(std::size_t i) {
    const Member& at = members_[i];
    const std::string who = "member " + std::to_string(i);
    for (const auto& [height, id] : at.acknowledged) {
        const auto block = at.chain().block(height);
        if (!block) return fail(who + " lost block " + std::to_string(height) + ": " + block.error().text);
        if (block->id != id) return fail(who + " holds another block " + std::to_string(height));
    }
    for (const auto& [id, receipt] : at.receipts) {
        const auto outcome = at.chain().snapshot()->state.outcome(id);
        if (!outcome || !(*outcome == receipt.outcome)) return fail(who + " took back the receipt of " + id.hex());
    }
}

void Members::check_agreement() {
    std::map<Height, Hash> blocks;
    for (std::size_t i = 0; i < count; ++i) {
        if (!members_[i].replica) continue;
        check_acknowledged(i);
        for (Height height = 1; height <= members_[i].chain().height(); ++height) {
            const auto block = members_[i].chain().block(height);
            if (!block) return fail(block.error().text);
            if (blocks.emplace(height, block->id).first->second != block->id)
                return fail("two members hold two blocks " + std::to_string(height));
        }
    }
}

std::string Members::describe() const {
    std::string text = "at " + std::to_string(now_ms_) + " ms";
    for (std::size_t i = 0; i < count; ++i) {
        const Member& at = members_[i];
        text += "; member " + std::to_string(i);
        if (!at.replica) {
            text += " down" + (at.fatal ? " (" + at.fatal->text + ")" : std::string());
            continue;
        }
        const Replica::Overview view = at.replica->overview();
        text += " height " + std::to_string(at.chain().height()) + " view " + std::to_string(view.current) + " final " +
                std::to_string(view.finalized) + " pool " + std::to_string(view.pool_batches);
    }
    return text;
}

}  // namespace xinlian::disk
