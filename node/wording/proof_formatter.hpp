// The implementation of node/wording/sentence.hpp: formats one verified finding in the reader's language. Private to
// node/wording/sentence.cpp and node/wording/sentence_acts.cpp.
#pragma once

#include "node/wording/sentence.hpp"
#include "node/wording/words.hpp"

namespace xinlian::node {

// Visits a finding: one overload for each kind of proof.
class ProofFormatter {
public:
    ProofFormatter(const ledger::Genesis& genesis, const ledger::ProofContext& proof, const ReadContext& context)
        : genesis_(genesis),
          proof_(proof),
          context_(context),
          language_(context.language),
          zh_(language_ == Language::zh) {}

    ProofMessage operator()(const ledger::RecordFinding& record) const { return say_record(record); }
    ProofMessage operator()(const ledger::EntryFinding& entry) const { return say_record(entry); }
    ProofMessage operator()(const ledger::ListFinding& list) const;
    ProofMessage operator()(const ledger::BatchFinding& batch) const { return {sentence(batch), {}}; }
    ProofMessage operator()(const ledger::EvidenceFinding& evidence) const { return {sentence(evidence), {}}; }
    ProofMessage operator()(const ledger::GrantFinding& grant) const { return {sentence(grant), {}}; }
    ProofMessage operator()(const ledger::QueryFinding& query) const { return {sentence(query), {}}; }
    ProofMessage operator()(const ledger::AccountFinding& account) const { return {sentence(account), {}}; }
    ProofMessage operator()(const ledger::FeedFinding& feed) const { return {sentence(feed), {}}; }
    std::string as_of() const;
    std::string signers() const;

private:
    ProofMessage say_record(const ledger::RecordContent& content) const;
    std::string sentence(const ledger::RecordContent& content) const;
    std::string sentence(const ledger::ListFinding& list) const;
    std::string sentence(const ledger::BatchFinding& batch) const;
    std::string sentence(const ledger::EvidenceFinding& evidence) const;
    std::string sentence(const ledger::GrantFinding& grant) const;
    std::string sentence(const ledger::QueryFinding& query) const;
    std::string sentence(const ledger::AccountFinding& account) const;
    std::string sentence(const ledger::FeedFinding& feed) const;
    std::string subject_sentence(const Hash& subject, std::size_t entries) const;
    // The sentence of a list other than a subject's entries. `zh` and `en` name what the list is about.
    std::string list_sentence(const std::string& zh, const std::string& en, std::size_t entries) const;
    std::string entry_line(std::size_t number, const ledger::ListAnswer::Item& item) const;
    std::string field_line(const ledger::Field& field) const;
    // The display status of each record of a subject, as of the reader's height and day.
    std::vector<std::string> record_lines(const std::vector<ledger::ListAnswer::Item>& entries) const;
    std::string pick(const char* zh, const char* en) const { return zh_ ? zh : en; }
    std::string member(const std::string& id) const;
    std::string member(ledger::MemberNumber number) const;
    std::string when(const ledger::LogEntry& entry) const;
    std::string dates(const ledger::Entry& entry) const;
    std::string what(const ledger::Entry& entry) const;
    std::string standing(const ledger::RecordContent& content) const;
    std::string reading(const ledger::RecordState& record) const;
    std::string rejection(const std::string& what, const ledger::BatchOutcome& outcome) const;
    std::string absent(const char* zh, const char* en, const Hash& id) const;

    const ledger::Genesis& genesis_;
    const ledger::ProofContext& proof_;
    const ReadContext& context_;
    Language language_;
    bool zh_;
};

}  // namespace xinlian::node
