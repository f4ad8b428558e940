// An independent implementation of the ledger over plain containers: which entries may follow which, and their effects
// on the state. It is written from docs/acts.md and docs/encoding.md. The clients of a simulation use no channel and
// resolve only parameters, so roles are those of the genesis file (every member has all) and terms are the shipped
// ones.
#pragma once

#include <map>
#include <set>

#include "tests/sim/reference_bytes.hpp"

namespace xinlian::sim {

namespace own {

using ledger::Entry;
using Index = std::uint64_t;  // of a leaf
using Day = std::uint32_t;    // yyyymmdd

// What exists under one id.
struct Mark {
    Index index = 0;
    Day day = 0;
};
enum class Stage : std::uint8_t { none, accepted, refused, repaired };
struct Life {
    Stage stage = Stage::none;
    Mark repair;
    std::optional<Mark> dispute, withdrawn, erased;
    std::uint16_t holders = 0, acknowledged = 0;
};
struct Said {
    std::string issuer;
    Entry entry;
    Index index = 0;
};
struct Record : Said {
    std::optional<Life> life;
};
struct Copy {
    Index held = 0;
    std::optional<Index> acknowledged;
};
struct Grant : Said {
    std::uint32_t used = 0;
    Index last_use = 0;
    std::optional<Index> revoked;
};
struct Query : Said {
    std::optional<Index> answered, acknowledged;
    Hash report;
    std::uint32_t report_height = 0;
};
struct Account {
    std::uint32_t count = 0;
    std::optional<Index> by_requester, by_provider;
};
struct Resolved {
    Index index = 0;
    Height from = 0;
    std::string text;
};

}  // namespace own

class ReferenceLedger {
public:
    // Takes the ids of the validators in the committee's order, and of all members by their numbers.
    ReferenceLedger(std::vector<std::string> committee, std::vector<std::string> members)
        : committee_(std::move(committee)), members_(std::move(members)) {}

    void run(const ledger::Block& block, const std::vector<ledger::Batch>& batches);

    // The text of the resolution in force at a height; empty if there is none.
    std::string rules_at(Height height) const;
    std::uint64_t log_size() const { return leaves_.size(); }
    Hash log_root() const { return own::log_root(leaves_); }
    Hash state_root() const;

private:
    using Entry = own::Entry;
    using Index = own::Index;
    using Day = own::Day;
    using Record = own::Record;
    using Life = own::Life;

    // The sender of a batch, its time, and the effects of its entries so far on grants.
    struct Speaker {
        std::string id;
        std::uint16_t number = 0;
        Height height = 0;
        Day today = 0;
        std::map<Hash, std::uint32_t> uses{};
        std::set<Hash> revoked{};
    };
    // The reason for refusing an entry, 0 if it is accepted, and the conflicting leaf.
    struct Refusal {
        int reason = 0;
        std::optional<Index> conflicting_entry{};
    };

    // reference_rules.cpp
    Refusal check(Speaker& by, const Entry& entry) const;
    Refusal check_record(const Speaker& by, const Entry& entry) const;
    Refusal check_repair(const Record& record, const Life& life, const Entry& entry) const;
    Refusal check_dispute(const Record& record, const Life& life, const Entry& entry) const;
    Refusal check_copy(const Speaker& by, const Record& record, const Life& life, const Entry& entry) const;
    Refusal check_grant(const Entry& entry) const;
    Refusal check_revoke(const Speaker& by, const Entry& entry) const;
    Refusal check_query(const Speaker& by, const Entry& entry) const;
    Refusal check_answer(const Speaker& by, const Entry& entry) const;
    Refusal check_acknowledge(const Speaker& by, const Entry& entry) const;
    Refusal check_account(const Speaker& by, const Entry& entry) const;
    Refusal check_resolution(const ledger::Batch& batch, Height height) const;
    std::uint16_t number_of(const std::string& id) const;
    Hash account(std::uint16_t requester, std::uint16_t provider, Day month) const;
    static Day day_of(Time time);

    // reference_ledger.cpp
    void run_batch(const ledger::BlockHeader& header, const Hash& id, const ledger::Batch& batch);
    void apply(const ledger::BlockHeader& header, const std::string& issuer, const Entry& entry);
    void apply_to_record(const std::string& issuer, const Entry& entry, Index index);
    void apply_to_act(const ledger::BlockHeader& header, const std::string& issuer, const Entry& entry, Index index);
    void extend(int kind, ByteView id);
    void extend_lists(const std::string& issuer, const Entry& entry);
    void resolve(Height height, const std::string& text);

    std::vector<std::string> committee_, members_;
    std::vector<Hash> leaves_;
    std::map<Hash, Bytes> values_;  // by key of the map
    std::map<std::string, std::pair<std::uint64_t, Hash>> feeds_;
    std::map<Hash, std::pair<std::uint64_t, Hash>> lists_;  // by key of the map
    std::map<Hash, Record> records_;
    std::map<std::pair<Hash, std::uint16_t>, own::Copy> copies_;
    std::map<Hash, own::Grant> grants_;
    std::map<Hash, own::Query> queries_;
    std::map<Hash, own::Account> accounts_;
    std::uint64_t resolutions_ = 0;
    std::optional<own::Resolved> before_, last_;
};

}  // namespace xinlian::sim
