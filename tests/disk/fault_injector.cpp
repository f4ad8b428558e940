#include "tests/disk/fault_injector.hpp"

#include "tests/disk/recorder.hpp"

namespace xinlian::disk {

namespace {

namespace wire = node::wire;
using consensus::Proposal;

constexpr View views_attacked_max = 6;

class FaultInjector {
public:
    FaultInjector(Members& members, std::size_t victim) : members_(members), victim_(victim) {}

    bool up() { return members_.member(victim_).replica != nullptr && !members_.wrong(); }
    View current() { return members_.member(victim_).replica->overview().current; }
    View final_view() { return tip().header.view; }

    Certificate certify(const Statement& statement) const {
        std::vector<MemberIndex> signers;
        for (std::size_t i = 0; i < Members::count; ++i) {
            if (i != victim_) signers.push_back(static_cast<MemberIndex>(i));
        }
        return members_.federation().certify(statement, signers);
    }
    static Statement nullify(View view) { return {VoteKind::nullify, 0, view, {}, {}}; }

    void tell(std::size_t from, const consensus::Message& message) {
        if (up()) members_.deliver(from, victim_, wire::Consensus{consensus::encode_message(message)});
        if (up()) members_.run_ms(20);
    }
    std::size_t other() const { return victim_ == 0 ? 1 : 0; }

    // Moves the victim into the view with a certificate that the view before was nullified.
    void lead_to(View view) {
        if (current() < view) tell(other(), certify(nullify(view - 1)));
    }
    void show_other_block(View view) {
        const std::size_t leader = members_.genesis().committee().leader(view);
        if (leader == victim_) return;  // it makes one by itself: there is a batch to order
        tell(leader, proposal(view));
    }
    void certify_other_block(View view) {
        tell(other(), certify({VoteKind::notarize, 0, view, *proposal(view).statement.block, {}}));
    }
    void press(View view) {
        // Two other members vote, so that the victim's timer runs even without work; with its own vote they are a
        // quorum.
        for (std::size_t i = 0, told = 0; told < 2; ++i) {
            if (i == victim_) continue;
            tell(i, consensus::Vote{nullify(view), {static_cast<MemberIndex>(i), sign(i, nullify(view))}});
            ++told;
        }
    }

private:
    ledger::Block tip() {
        const ledger::Chain& chain = members_.member(victim_).chain();
        ledger::Block block;
        block.header = chain.snapshot()->tip;
        return block;
    }
    Signature sign(std::size_t by, const Statement& statement) const {
        return members_.federation()
            .validator(static_cast<MemberIndex>(by))
            .sign(signing_bytes(members_.genesis().chain_id(), statement));
    }
    // A block that is valid, empty, and different from every earlier proposal: its timestamp is one millisecond after
    // the parent's.
    Proposal proposal(View view) {
        const ledger::Chain& chain = members_.member(victim_).chain();
        const ledger::BlockHeader last = tip().header;
        ledger::Block block;
        block.header = {.epoch = 0,
                        .height = last.height + 1,
                        .view = view,
                        .parent = chain.snapshot()->tip_id,
                        .proposer = members_.genesis().committee().leader(view),
                        .time = last.time + Duration{1},
                        .body_hash = {}};
        block.header.body_hash = ledger::body_hash(members_.genesis().suite(), block);
        Proposal made;
        made.statement = {VoteKind::propose, 0, view, ledger::block_id(members_.genesis().suite(), block.header), {}};
        made.parent_view = last.view;
        made.parent = block.header.parent;
        made.block = encode(block);
        if (last.height > 0) made.parent_certificate = test::must(chain.block(last.height)).certificate;
        for (View skipped = last.view + 1; skipped < view; ++skipped) made.gap.push_back(certify(nullify(skipped)));
        made.signature = sign(block.header.proposer, made.statement);
        return made;
    }

    Members& members_;
    std::size_t victim_;
};

}  // namespace

void inject_faults(Members& members, std::size_t victim, InjectedFault fault) {
    for (std::size_t i = 0; i < Members::count; ++i) {
        if (i != victim && members.member(i).replica) members.drop(i);
    }
    members.may_halt = true;  // false messages may stop it; they may not make it contradict itself
    FaultInjector injector(members, victim);
    if (!injector.up()) return;
    std::set<View> views;
    for (const Statement& said : members.member(victim).said) {
        if (said.view > injector.final_view()) views.insert(said.view);
    }
    if (views.size() > views_attacked_max) views.erase(views.begin(), std::prev(views.end(), views_attacked_max));
    for (const View view : views) {
        if (!injector.up() || injector.current() > view) continue;
        injector.lead_to(view);
        if (fault == InjectedFault::clock) {
            injector.press(view);
            if (injector.up()) members.run_ms(30'000);
        }
        if (injector.up()) injector.show_other_block(view);
        if (injector.up()) injector.certify_other_block(view);
        if (injector.up()) members.run_ms(1'000);
    }
}

Tally inject_all_faults(Members& members, Script& script, std::size_t victim, const std::string& base) {
    Forks forks(base, 1);
    for (const InjectedFault fault : {InjectedFault::other_block, InjectedFault::clock}) {
        forks.run(fault == InjectedFault::clock ? "the clock" : "another block", [&](Tally& in_fork) {
            Recorder::instance().pretend();
            members.submit(victim, script.fresh_batch());
            inject_faults(members, victim, fault);
            if (members.wrong()) in_fork.fail(*members.wrong());
        });
    }
    forks.finish();
    return forks.tally();
}

}  // namespace xinlian::disk
