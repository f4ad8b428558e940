#include "tests/disk/script.hpp"

namespace xinlian::disk {

namespace wire = node::wire;

ledger::BatchPtr Script::make(std::string_view issuer, std::size_t entries) {
    std::vector<ledger::Entry> made;
    for (std::size_t i = 0; i < entries; ++i, ++records_)
        made.push_back(test::create(members_.genesis().suite(), records_, records_ % 5));
    return blocks_.batch(issuer, std::move(made));
}

Script::Loss Script::loss_at(std::size_t block) {
    const View view = members_.member(watched_).replica->overview().current;
    const bool leads = members_.genesis().committee().leader(view) == watched_;
    if (block >= 40 && leads && !own_lead_lost_) {
        own_lead_lost_ = true;
        return Loss::proposals;
    }
    if (block == 15) return Loss::proposals;
    if (block == 25) return Loss::notarizations;
    if (block == 35 || block == 50) return Loss::finalizations;
    return Loss::none;
}

bool Script::run(std::size_t blocks) {
    Loss loss = Loss::none;
    members_.passes = [&](std::size_t, std::size_t, const wire::Message& message) {
        const auto* inner = std::get_if<wire::Consensus>(&message);
        if (inner == nullptr || loss == Loss::none) return true;
        const consensus::Message decoded = test::must(consensus::decode_message(inner->message));
        if (const auto* proposal = std::get_if<consensus::Proposal>(&decoded))
            return loss != Loss::proposals || proposal->statement.view != lossy_view_;
        const auto* vote = std::get_if<consensus::Vote>(&decoded);
        if (vote == nullptr || vote->statement.view != lossy_view_) return true;
        if (loss == Loss::notarizations) return vote->statement.kind != VoteKind::notarize;
        if (loss == Loss::finalizations) return vote->statement.kind != VoteKind::finalize;
        return true;
    };
    constexpr std::array<std::string_view, 3> issuers{"310000", "320000", "330000"};
    for (std::size_t block = 0; block < blocks; ++block) {
        loss = loss_at(block);
        lossy_view_ = members_.member(watched_).replica->overview().current;
        const auto batch = make(issuers[block % issuers.size()], 1 + block % 3);
        members_.submit(block % Members::count, batch);
        if (!members_.run_until([&] { return members_.all_hold(batch); }, 30'000)) return false;
        loss = Loss::none;
    }
    members_.run_ms(50);
    members_.passes = {};
    return !members_.wrong();
}

}  // namespace xinlian::disk
