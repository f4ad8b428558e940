// Verifies a whole chain from genesis, with trust in the genesis file alone. Every block, certificate, batch and piece
// of evidence is read, every block is executed again, and every row that follows from them (log, state, lists, indexes,
// tip) is compared with the stored one. The first flaw is reported. The audit never writes.
//
// Only rows are looked at here; the files that hold them are ledger/audit/leveldb_copy.hpp's.
#pragma once

#include <map>

#include "ledger/state/execute.hpp"

namespace xinlian::ledger {

enum class FlawKind : std::uint8_t {
    file,         // a file of the store is damaged or missing
    row_missing,  // a required row is missing
    row_damaged,  // the checksum of a row is wrong, or the row does not decode
    row_differs,  // a row is intact but differs from what the blocks imply
    row_unknown,  // a row that the blocks do not imply
    block,        // a block violates a rule, or does not follow its predecessor
    batch,        // a batch of a block violates a rule, or is not signed by its issuer
    result,       // executing a block gives a different log, state or outcome
    certificate,  // has no quorum, or is for something else
    journal,      // the node's vote journal is ahead of the chain, or of another chain
};
std::string_view name_of(FlawKind kind);  // "file", "row-missing", …

struct Flaw {
    FlawKind kind = FlawKind::file;
    std::string what;  // one sentence that names the place
    std::optional<Height> height;
    Bytes row;         // its key; empty: no row's
    std::string file;  // of FlawKind::file: its name, if it is known
};

struct IssuerTotals {
    std::uint64_t accepted = 0, rejected = 0;  // batches
    std::uint64_t entries = 0;                 // accepted
};

struct ChainAudit {
    std::optional<Flaw> flaw;  // empty: no flaw. Otherwise the other fields count what was verified before it.
    Height height = 0;         // of the last block certified directly or through a descendant
    Hash tip;                  // id of that block
    ExecutionResult result;    // after that block
    std::uint64_t accepted = 0, rejected = 0;  // batches
    std::uint64_t certificates = 0, evidence = 0, rows = 0;
    Time first_time, last_time;  // of block 1 and of the last one; of genesis if there is none
    std::map<std::string, IssuerTotals> issuers;
    std::optional<Bytes> mark;  // the node's note in the store; no hash covers it
};

enum class AuditPart : std::uint8_t { files, blocks, rows };
struct AuditProgress {
    AuditPart part = AuditPart::blocks;
    std::uint64_t done = 0, total = 0;  // bytes, blocks or rows; for blocks, the tip's claim or 0
    std::uint64_t entries = 0;
};

struct AuditWatch {
    std::function<void(const AuditProgress&)> progress;  // may be empty
    // Called for each executed block from height 1, once a quorum certificate covers it. May be empty.
    std::function<void(const ExecutedBlock&)> block;
    // Called for each verified certificate with its block, after block() for all blocks that it covers. May be empty.
    std::function<void(const BlockHeader&, const Certificate&)> certificate{};
};

// Visits the rows from the given key on, in ascending order. The visitor returns false to end the scan. A visitor may
// call the scan again.
using RowVisitor = std::function<bool(ByteView key, ByteView value)>;
using RowScan = std::function<Status(ByteView from, const RowVisitor& visitor)>;

// Errc::conflict if the rows belong to another chain, Errc::unsupported if their format is unknown, and any error of
// the scan. After an error the audit has no result.
Result<ChainAudit> audit_chain(const RowScan& scan, const Genesis& genesis, const AuditWatch& watch);

// Describes a row by its key: "block 5", "log tile 3 of level 1".
std::string row_name(ByteView key);

}  // namespace xinlian::ledger
