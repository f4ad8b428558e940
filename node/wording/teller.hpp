// The implementation of node/wording/sentence.hpp: formats one verified finding in the reader's language. Private to
// node/wording/sentence.cpp and node/wording/sentence_acts.cpp.
#pragma once

#include "node/wording/sentence.hpp"
#include "node/wording/words.hpp"

namespace xinlian::node {

class Teller {
public:
    Teller(const ledger::Genesis& genesis, const ledger::Finding& finding, const Reader& reader)
        : genesis_(genesis),
          finding_(finding),
          reader_(reader),
          language_(reader.language),
          zh_(language_ == Language::zh) {}

    std::string record_sentence() const;
    std::string subject_sentence() const;
    std::string list_sentence() const;
    std::string batch_sentence() const;
    std::string evidence_sentence() const;
    std::string grant_sentence() const;
    std::string query_sentence() const;
    std::string account_sentence() const;
    std::string feed_sentence() const;
    std::string entry_line(std::size_t number, const ledger::ListAnswer::Item& item) const;
    std::string field_line(const ledger::Field& field) const;
    std::string as_of() const;
    std::string signers() const;
    // The display status of each record of a subject, as of the reader's height and day.
    std::vector<std::string> record_lines() const;

private:
    std::string pick(const char* zh, const char* en) const { return zh_ ? zh : en; }
    std::string member(const std::string& id) const;
    std::string member(ledger::MemberNumber number) const;
    std::string when(const ledger::LogEntry& entry) const;
    std::string dates(const ledger::Entry& entry) const;
    std::string what(const ledger::Entry& entry) const;
    std::string standing() const;
    std::string reading(const ledger::RecordState& record) const;
    std::string rejection(const std::string& what, const ledger::BatchOutcome& outcome) const;
    std::string absent(const char* zh, const char* en) const;
    const ledger::LogEntry* cause(std::uint64_t index) const;  // of the finding's causes; nullptr if there is none

    const ledger::Genesis& genesis_;
    const ledger::Finding& finding_;
    const Reader& reader_;
    Language language_;
    bool zh_;
};

}  // namespace xinlian::node
