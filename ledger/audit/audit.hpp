// The whole chain from its beginning, checked by somebody who trusts the genesis file alone: every block, certificate,
// batch and piece of evidence is read, every block executed again, and every row that follows from them (log, state,
// lists, indexes, tip) compared with what is stored. The first thing that is wrong is named. Never writes.
//
// Only rows are looked at here; the files that hold them are ledger/audit/leveldb_copy.hpp's.
#pragma once

#include <map>

#include "ledger/state/execute.hpp"

namespace xinlian::ledger {

enum class FlawKind : std::uint8_t {
    file,         // a file of the store is damaged or missing
    row_missing,  // a row that must be there is not
    row_damaged,  // a row does not fit its seal, or does not decode
    row_differs,  // a row is whole but not what follows from the blocks
    row_unknown,  // a row that follows from nothing
    block,        // a block breaks a rule, or does not follow the one before
    batch,        // a batch of a block breaks a rule, or is not by its issuer
    result,       // executing a block gives another log, state or outcome than is stored
    certificate,  // not a quorum's, or of something else
    journal,      // the node's vote journal knows of more, or of another chain
};
std::string_view name_of(FlawKind kind);  // "file", "row-missing", …

struct Flaw {
    FlawKind kind = FlawKind::file;
    std::string what;  // in one sentence, names the place
    std::optional<Height> height;
    Bytes row;  // its key; empty: no row's
    std::string file;  // of FlawKind::file: its name, if it is known
};

struct IssuerTotals {
    std::uint64_t accepted = 0, rejected = 0;  // batches
    std::uint64_t entries = 0;                 // accepted
};

struct ChainAudit {
    std::optional<Flaw> flaw;  // nothing: sound. Otherwise what follows counts what was found right before it.
    Height height = 0;         // of the last block that a quorum certified, itself or through a descendant
    Hash tip;                  // its id
    ExecutionResult result;    // after it
    std::uint64_t accepted = 0, rejected = 0;  // batches
    std::uint64_t certificates = 0, evidence = 0, rows = 0;
    Time first_time, last_time;  // of block 1 and of the last one; of genesis if there is none
    std::map<std::string, IssuerTotals> issuers;
    std::optional<Bytes> mark;  // the node's note in the store: no hash vouches for it
};

enum class AuditPart : std::uint8_t { files, blocks, rows };
struct AuditProgress {
    AuditPart part = AuditPart::blocks;
    std::uint64_t done = 0, total = 0;  // bytes, blocks or rows; of blocks what the tip claims, 0 if that is not known
    std::uint64_t entries = 0;
};

struct AuditWatch {
    std::function<void(const AuditProgress&)> progress;  // may be empty
    // Each block from height 1 with all that its execution gave, once a quorum's certificate covers it. May be empty.
    std::function<void(const ExecutedBlock&)> block;
    // Each certificate, checked, with the block that it is of; after block() of all that it covers. May be empty.
    std::function<void(const BlockHeader&, const Certificate&)> certificate{};
};

// Rows with keys from the given one on, ascending; the visitor ends the scan with false. Called within itself.
using RowVisitor = std::function<bool(ByteView key, ByteView value)>;
using RowScan = std::function<Status(ByteView from, const RowVisitor& visitor)>;

// Errc::conflict if the rows are another chain's, Errc::unsupported if they have a format this program does not know,
// and whatever the scan refuses with: nothing can be told then.
Result<ChainAudit> audit_chain(const RowScan& scan, const Genesis& genesis, const AuditWatch& watch);

// "block 5", "log tile 3 of level 1": what a row is, from its key.
std::string row_name(ByteView key);

}  // namespace xinlian::ledger
