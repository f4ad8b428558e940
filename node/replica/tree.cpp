// The blocks that are not final: decides whether a proposed block gets a vote, requests what is missing, and executes.
#include "node/replica/replica.hpp"

namespace xinlian::node {

using ledger::BatchPtr;
using ledger::Block;
using ledger::ExecutedBlock;
using ledger::ExecutedBlockPtr;

namespace {

constexpr std::size_t tree_blocks_max = 1024;  // a few views of proposals; it bounds a flood of equivocating proposals
// Above this many blocks that are not final, only empty ones are built and voted for. The backlog stops growing, and a
// later block can still make the chain final. If too many members have nullified the earlier views, that is the only
// way.
constexpr std::size_t unfinal_depth_max = 64;

bool is_empty(const Block& block) { return block.batches.empty() && block.evidence.empty(); }

}  // namespace

bool Replica::is_deep(Height height) const { return height > tip_->block.header.height + unfinal_depth_max; }

// Each view since the last final one may have left a block that is an ancestor of all later ones.
std::size_t Replica::tree_max() const {
    const View last = core_.current(), final_view = tip_->block.header.view;
    return tree_blocks_max + (last > final_view ? last - final_view : 0);
}

// Nothing: it cannot be decided yet, and what is missing has been requested.
std::optional<consensus::BlockValidity> Replica::check(const consensus::CheckRequest& request) {
    // Known blocks are checked as well: a block that is proposed again in a later view could be certified but not
    // stored.
    const auto is_asked = [&](const ledger::BlockHeader& h) {
        return h.view == request.view && h.parent == request.parent;
    };
    auto found = tree_.find(request.block);
    if (found == tree_.end()) {
        const auto block = decode<Block>(request.bytes);
        if (!block || !is_asked(block->header) || !has_own_body(*block)) return consensus::BlockValidity::invalid;
        if (ledger::block_id(genesis_.suite(), block->header) != request.block)
            return consensus::BlockValidity::invalid;
        if (tree_.size() >= tree_max()) return std::nullopt;
        found = tree_.emplace(request.block, TreeBlock(*block)).first;
    }
    const ledger::BlockHeader& header = found->second.block.header;
    if (!is_asked(header)) return consensus::BlockValidity::invalid;
    if (request.parent == tip_->id ? request.parent_view != tip_->block.header.view : false)
        return consensus::BlockValidity::invalid;
    const ExecutedBlockPtr parent = request.parent == tip_->id ? tip_ : executed(request.parent);
    if (!parent) return std::nullopt;
    if (parent->block.header.view != request.parent_view) return consensus::BlockValidity::invalid;
    if (!follows(found->second, *parent)) return consensus::BlockValidity::invalid;
    if (!ledger::check_new(parent->after, found->second.block)) return consensus::BlockValidity::invalid;
    if (is_deep(header.height) && !is_empty(found->second.block)) return std::nullopt;
    const ledger::Parameters& limits = ledger::limits_above(genesis_, *parent);
    if (request.view >= core_.current()) {
        if (auto difference = clock_watch_.compare(header, limits.clock_ahead_max, now_))
            effects_.clocks.push_back(*std::move(difference));
    }
    // A block with a timestamp in the future is not invalid. It is checked again at that time.
    const Time limit = now_.wall + limits.clock_ahead_max;
    if (header.time > limit) {
        wake_at(now_.steady + (header.time - limit));
        return std::nullopt;
    }
    const Bodies have = bodies(found->second, limits);
    if (have == Bodies::missing) return std::nullopt;
    return have == Bodies::here ? consensus::BlockValidity::valid : consensus::BlockValidity::invalid;
}

// The id covers only the header. A block is kept under it only with the body that the header commits to.
bool Replica::has_own_body(const Block& block) const {
    return ledger::body_hash(genesis_.suite(), block) == block.header.body_hash;
}

// Called repeatedly while bodies are missing, so the result is kept: the block's evidence is checked once.
bool Replica::follows(TreeBlock& node, const ExecutedBlock& parent) const {
    if (!node.follows) {
        const ledger::Parameters& limits = ledger::limits_above(genesis_, parent);
        node.follows = ledger::check_block(genesis_, limits, node.block, parent.block.header).ok();
    }
    return *node.follows;
}

Replica::Bodies Replica::bodies(TreeBlock& node, const ledger::Parameters& limits) {
    if (node.have != Bodies::missing) return node.have;
    std::vector<BatchPtr> found;
    std::vector<Hash> missing;
    for (const Hash& id : node.block.batches) {
        if (BatchPtr batch = held(id)) {
            found.push_back(std::move(batch));
        } else {
            missing.push_back(id);
        }
    }
    // Checked before all have arrived: a leader could name a thousand batches.
    if (!ledger::check_bodies(limits, found)) {
        fetcher_.release(node.block);
        return node.have = Bodies::too_many;
    }
    emit(fetcher_.want_batches(missing, peer_of(node.block.header.proposer), connected_, now_.steady));
    if (!missing.empty()) return Bodies::missing;
    node.bodies = std::move(found);
    return node.have = Bodies::here;
}

BatchPtr Replica::held(const Hash& id) const {
    if (BatchPtr waiting = pool_.find(id)) return waiting;
    return fetcher_.required(id);
}

// Far below a final block ranges are faster than this walk, which each input would repeat.
ExecutedBlockPtr Replica::executed(const Hash& id) { return executed(id, final_ ? tree_blocks_max : tree_max()); }

ExecutedBlockPtr Replica::executed(const Hash& id, std::size_t depth_max) {
    if (id == tip_->id) return tip_;
    // Executes ancestors first, without recursion: a peer controls the depth of the branch.
    std::vector<Hash> branch;
    ExecutedBlockPtr below;
    for (Hash at = id; !below;) {
        const auto found = tree_.find(at);
        if (found == tree_.end()) {
            emit(fetcher_.want_block(at, now_.steady));
            return nullptr;
        }
        if (found->second.executed) {
            below = found->second.executed;
            break;
        }
        branch.push_back(at);
        const ledger::BlockHeader& header = found->second.block.header;
        if (header.parent == tip_->id) {
            below = tip_;
        } else if (header.height <= tip_->block.header.height + 1 || branch.size() > depth_max) {
            return nullptr;  // another branch, or too far
        }
        at = header.parent;
    }
    for (auto at = branch.rbegin(); at != branch.rend(); ++at) {
        TreeBlock& node = tree_.at(*at);
        if (!follows(node, *below) || !ledger::check_new(below->after, node.block)) return nullptr;
        if (bodies(node, ledger::limits_above(genesis_, *below)) != Bodies::here) return nullptr;
        node.executed = ledger::execute(genesis_, below->after, node.block, node.bodies);
        below = node.executed;
    }
    return below;
}

}  // namespace xinlian::node
