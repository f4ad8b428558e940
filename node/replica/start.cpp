// Restores the state after a restart from the chain's tip and the journal's records, which are checked against it.
#include "consensus/journal.hpp"
#include "node/replica/replica.hpp"

namespace xinlian::node {

using ledger::BatchPtr;

Status Replica::start(const std::vector<JournalRecord>& journal, consensus::Memory memory, Clock now) {
    now_ = now;
    tip_changed_ = now.steady;
    consensus::Recovered recovered;
    recovered.memory = memory;
    recovered.genesis_block = ledger::block_id(genesis_.suite(), ledger::genesis_block(genesis_).header);
    if (tip_->block.header.height > 0) {
        XL_TRY(const ledger::StoredBlock tip, chain_.block(tip_->block.header.height));
        if (!tip.certificate)
            return Error{
                Errc::corrupt,
                "the chain's tip has no certificate; move the data folder aside and let the node fetch from its peers"};
        recovered.finalization = tip.certificate;
    }
    XL_TRY_STATUS(recall(journal, recovered));
    run(core_.start(recovered, now.steady));
    // A journal that is new, or that a crash left behind the chain, must not look truncated at the next start.
    if (journal_.anchored() < tip_->block.header.height) anchor();
    update_pace();
    progress();
    update_demand();
    return Status();
}

Status Replica::recall(const std::vector<JournalRecord>& journal, consensus::Recovered& recovered) {
    // Records of final views are skipped, which saves checking their signatures. A rotated journal lacks them as well.
    const View final_view = tip_->block.header.view;
    std::vector<const JournalRecord*> bodies;  // of the next block: bodies precede their block
    std::optional<JournalAnchor> anchor;
    for (const JournalRecord& record : journal) {
        switch (record.kind) {
            case JournalRecord::Kind::core: {
                auto persisted = consensus::decode_persist(record.body);
                if (!persisted) return within("the vote journal", std::move(persisted).error());
                if (!consensus::is_live(*persisted, final_view)) break;
                journal_.retain(*persisted, record);
                recovered.journal.push_back(*std::move(persisted));
                break;
            }
            case JournalRecord::Kind::block: {
                XL_TRY_STATUS(recall_block(record, bodies));
                bodies.clear();
                break;
            }
            case JournalRecord::Kind::batch: {
                bodies.push_back(&record);
                break;
            }
            case JournalRecord::Kind::evidence:
                XL_TRY_STATUS(recall_evidence(record));
                break;
            case JournalRecord::Kind::anchor: {
                auto decoded = decode<JournalAnchor>(record.body);
                if (!decoded) return within("an anchor in the vote journal", std::move(decoded).error());
                if (!anchor || decoded->height >= anchor->height) anchor = *decoded;
                break;
            }
        }
        journal_.count(record);
    }
    XL_TRY_STATUS(recall_bodies(bodies));
    if (!anchor) return Status();
    journal_.recall_anchor(anchor->height);
    return check_anchor(*anchor);
}

Result<std::map<Hash, BatchPtr>> Replica::recall_bodies(const std::vector<const JournalRecord*>& bodies) {
    std::map<Hash, BatchPtr> by_id;
    for (const JournalRecord* record : bodies) {
        auto batch = ledger::check_batch(genesis_, record->body);
        if (!batch) return within("a batch in the vote journal", std::move(batch).error());
        if (!tip_->after.outcome((*batch)->id)) static_cast<void>(pool_.admit(*batch, tip_->after));
        by_id.emplace((*batch)->id, *batch);
    }
    return by_id;
}

Status Replica::recall_block(const JournalRecord& record, const std::vector<const JournalRecord*>& bodies) {
    auto block = decode<ledger::Block>(record.body);
    if (!block) return within("a block in the vote journal", std::move(block).error());
    const View view = block->header.view;
    if (view <= tip_->block.header.view) return Status();
    for (const JournalRecord* body : bodies) journal_.retain(JournalMemory::OfView{view}, *body);
    journal_.retain(JournalMemory::OfView{view}, record);
    // The pool would take only one of two batches with the same number.
    XL_TRY(const auto by_id, recall_bodies(bodies));
    if (block->header.height <= tip_->block.header.height) return Status();
    TreeBlock node(*block);
    node.journaled = true;
    for (const Hash& id : block->batches) {
        if (const auto found = by_id.find(id); found != by_id.end()) node.bodies.push_back(found->second);
    }
    const bool complete = node.bodies.size() == block->batches.size();
    node.have = complete ? Bodies::here : Bodies::missing;
    if (!complete) node.bodies.clear();
    tree_.emplace(ledger::block_id(genesis_.suite(), block->header), std::move(node));
    return Status();
}

Status Replica::recall_evidence(const JournalRecord& record) {
    XL_TRY(const bool added, evidence_.recall(record.body, tip_->after));
    if (!added) return Status();
    XL_TRY(const Evidence evidence, decode<Evidence>(record.body));
    journal_.retain(JournalMemory::OfMember{evidence.member}, record);
    return Status();
}

Status Replica::check_anchor(const JournalAnchor& anchor) const {
    const Height height = tip_->block.header.height;
    if (anchor.height > height) {
        return Error{Errc::corrupt, "the chain ends at height " + std::to_string(height) +
                                        " but the journal recorded height " + std::to_string(anchor.height) +
                                        " as committed: the data folder lost blocks; move it aside and let the node "
                                        "fetch from its peers"};
    }
    if (anchor.height == 0) return Status();
    XL_TRY(const ledger::StoredBlock anchored, chain_.block(anchor.height));
    if (anchored.id == anchor.block) return Status();
    return Error{Errc::corrupt,
                 "the chain has another block at height " + std::to_string(anchor.height) +
                     " than the journal recorded as committed; one of the two belongs to another data folder"};
}

}  // namespace xinlian::node
