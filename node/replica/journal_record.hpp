// The records of the vote journal. node/storage/journal_file.hpp reads and writes them.
#pragma once

#include "crypto/codec.hpp"
#include "crypto/evidence.hpp"

namespace xinlian::node {

struct JournalRecord {
    enum class Kind : std::uint8_t { core = 1, block = 2, batch = 3, anchor = 4, evidence = 5 };
    Kind kind = Kind::core;
    Bytes body;  // core: consensus::Persist; block: ledger::Block; batch: as received; anchor: JournalAnchor;
                 // evidence: Evidence
};

// The tip of the chain when this part of the journal was written. A chain that ends below it has lost blocks that were
// acknowledged.
struct JournalAnchor {
    Height height = 0;
    Hash block;
    template <class Archive>
    void serialize(Archive& archive) {
        archive(height, block);
    }
};

}  // namespace xinlian::node
