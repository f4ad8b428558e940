// Applies ranges of final blocks. RangeSync decides when to request one, and from which peer.
#include <algorithm>

#include "node/replica/replica.hpp"

namespace xinlian::node {

using ledger::BatchPtr;
using ledger::ExecutedBlockPtr;

Result<ExecutedBlockPtr> Replica::execute_range_block(const wire::RangeBlock& item, const ExecutedBlockPtr& before) {
    const ledger::Parameters& limits = ledger::limits_above(genesis_, *before);
    XL_TRY_STATUS(ledger::check_block(genesis_, limits, item.block, before->block.header));
    XL_TRY_STATUS(ledger::check_new(before->after, item.block));
    if (item.batches.size() != item.block.batches.size())
        return Error{Errc::invalid, "a block does not have all its batches"};
    std::vector<BatchPtr> bodies;
    for (std::size_t i = 0; i < item.batches.size(); ++i) {
        BatchPtr batch = held(item.block.batches[i]);
        if (!batch) {
            XL_TRY(batch, ledger::check_batch(genesis_, item.batches[i]));
        }
        if (batch->id != item.block.batches[i])
            return Error{Errc::invalid, "a batch is not the batch that the block names"};
        bodies.push_back(std::move(batch));
    }
    XL_TRY_STATUS(ledger::check_bodies(limits, bodies));
    return ledger::execute(genesis_, before->after, item.block, std::move(bodies));
}

// The blocks of the run are fetched one by one, from its end down. If several ends are known, the nearest one goes
// first: it needs the fewest blocks in memory, and a distant one may come from a lying peer.
Status Replica::take_run_end(PeerIndex peer, const wire::RangeBlock& end) {
    const Hash id = ledger::block_id(genesis_.suite(), end.block.header);
    if (!has_own_body(end.block)) return Error{Errc::invalid, "a block has another body than its header commits to"};
    if (!end.certificate) return Error{Errc::invalid, "the end of a run has no certificate"};
    XL_TRY_STATUS(check_final(genesis_, id, *end.certificate));
    const View view = end.certificate->statement.view;
    if (view <= tip_->block.header.view) return Status();
    tree_.try_emplace(id, TreeBlock(end.block));
    if (!run_end_ || view < run_end_->statement.view) run_end_ = end.certificate;
    run(core_.receive(speaker(peer), consensus::Message(*end.certificate), now_.steady));
    return Status();
}

void Replica::on_range(PeerIndex peer, const wire::Range& range) {
    const std::optional<RangeSync::Request> request = range_sync_.take_request(peer);
    if (!request) return;  // none was sent
    const bool end_alone = range.blocks.size() == 1 && range.blocks[0].block.header.height > request->from;
    const Status holds = end_alone ? take_run_end(peer, range.blocks[0]) : check_certified(genesis_, *tip_, range);
    if (!holds) {
        ban(peer, "invalid range: " + holds.error().text);
        return range_failed(peer, RangeSync::retry_after);
    }
    // The run is fetched meanwhile. If that fails, another peer, which may know a nearer end, is asked.
    if (end_alone) return range_failed(peer, RangeSync::deadline);
    const Height start = tip_->block.header.height;
    if (!take_range(peer, range) || effects_.fatal) return;
    const bool progressed = tip_->block.header.height > start;
    emit(range_sync_.applied({peer, *request, progressed}, own_progress(), connected_, now_.steady));
}

// False if the range does not hold, or this node halts.
bool Replica::take_range(PeerIndex peer, const wire::Range& range) {
    std::vector<ExecutedBlockPtr> run_blocks;
    ExecutedBlockPtr before = tip_;
    for (const wire::RangeBlock& item : range.blocks) {
        if (item.block.header.height <= tip_->block.header.height) continue;  // committed meanwhile
        auto done = execute_range_block(item, before);
        if (!done) {
            ban(peer, "invalid range: " + done.error().text);
            range_failed(peer, RangeSync::retry_after);
            return false;
        }
        before = *done;
        run_blocks.push_back(before);
        if (!item.certificate) continue;
        if (*item.certificate->statement.result != before->result) {
            halt("the federation certified another result at height " + std::to_string(before->block.header.height) +
                 " than this node computed");
            return false;
        }
        commit(std::move(run_blocks), *item.certificate);
        run_blocks.clear();
        if (effects_.fatal) return false;
        before = tip_;
        // The core takes it as any certificate: it advances its view and prunes.
        run(core_.receive(speaker(peer), consensus::Message(*item.certificate), now_.steady));
    }
    return true;
}

void Replica::range_failed(PeerIndex peer, Duration pause) {
    emit(range_sync_.failed(peer, pause, tip_->block.header.height, now_.steady));
}

RangeSync::Progress Replica::own_progress() const {
    return {tip_->block.header.height, tip_changed_, final_.has_value(), halted_};
}

void Replica::request_range_if_behind() {
    emit(range_sync_.request_if_behind(own_progress(), connected_, now_.steady));
}

// The member that the core takes as the sender of a certificate in a range. The core accepts messages of other members
// only, and an observer may have sent the range.
MemberIndex Replica::speaker(PeerIndex peer) const {
    return settings_.peers[peer].value_or(settings_.self == MemberIndex{0} ? MemberIndex{1} : MemberIndex{0});
}

}  // namespace xinlian::node
