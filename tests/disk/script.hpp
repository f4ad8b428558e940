// The run that is cut at every operation: 60 blocks with batches of three issuers, several rotations of the journal,
// and views that end in every possible way.
#pragma once

#include "tests/disk/members.hpp"

namespace xinlian::disk {

inline constexpr std::size_t script_blocks = 60;
inline constexpr std::uint64_t script_journal_bytes_max = 24'000;  // a rotation every few blocks

class Script {
public:
    Script(Members& members, std::size_t watched)
        : members_(members), watched_(watched), blocks_(members.federation()) {}

    // Returns false if the run fails; `members` or describe() give the reason.
    bool run(std::size_t blocks = script_blocks);
    // A batch of an issuer that the script does not use: its feed has no gap, whatever was lost with a member.
    ledger::BatchPtr fresh_batch() { return make("340000", 1); }

private:
    // The messages that all members lose in one view.
    enum class Loss : std::uint8_t { none, proposals, notarizations, finalizations };
    ledger::BatchPtr make(std::string_view issuer, std::size_t entries);
    Loss loss_at(std::size_t block);

    Members& members_;
    std::size_t watched_;
    test::Blocks blocks_;
    std::uint64_t records_ = 0;
    View lossy_view_ = 0;
    bool own_lead_lost_ = false;
};

}  // namespace xinlian::disk
