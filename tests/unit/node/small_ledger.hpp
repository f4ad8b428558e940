// A real chain of a few blocks on disk, with valid certificates, and a node that answers proofs from it.
#pragma once

#include "ledger/chain/chain.hpp"
#include "ledger/chain/prove.hpp"
#include "ledger/store/leveldb_store.hpp"
#include "node/client/node_client.hpp"
#include "node/client/record_file.hpp"
#include "tests/support/records.hpp"
#include "tests/unit/ledger/federation.hpp"
#include "tests/unit/node/scratch_folder.hpp"

namespace xinlian::node {

inline net::HttpResponse answer_of(int status, std::string body) {
    net::HttpResponse response;
    response.status = status;
    response.body = std::move(body);
    return response;
}

inline net::HttpResponse answer_of(const Result<ledger::Proof>& built) {
    if (!built) return answer_of(404, R"({"error":{"code":"not_found","message":")" + built.error().text + "\"}}");
    const Bytes bytes = ledger::print_proof(*built);
    return answer_of(200, std::string(bytes.begin(), bytes.end()));
}

class SmallLedger {
public:
    explicit SmallLedger(Suite suite = Suite::ed25519_sha256)
        : genesis(ledger::rules_test::genesis_with({}, suite)), tip_(ledger::genesis_executed(genesis)) {
        auto store = ledger::LevelDbStore::open(scratch.path("chain"));
        REQUIRE(store.ok());
        store_ = *std::move(store);
        auto opened = ledger::Chain::open(*store_, genesis);
        REQUIRE(opened.ok());
        chain_ = *std::move(opened);
    }

    // One final block with one batch of the issuer's.
    Hash append(const std::string& issuer, std::vector<ledger::Entry> entries) {
        auto& [sequence, head] = feeds_[issuer];
        const auto batch = ledger::rules_test::batch_of(genesis, issuer, ++sequence, head, std::move(entries));
        head = batch->id;
        tip_ = ledger::rules_test::run(genesis, tip_, {batch});
        const Status status = chain_->append(std::span(&tip_, 1), certificate());
        INFO((status ? std::string() : status.error().text));
        REQUIRE(status.ok());
        return batch->id;
    }

    // One final block with evidence against these validators.
    void accuse(const std::vector<MemberIndex>& members) {
        ledger::Block block = ledger::rules_test::block_after(genesis, tip_->block.header, {});
        for (const MemberIndex member : members)
            block.evidence.push_back(ledger::rules_test::evidence_against(genesis, member));
        block.header.body_hash = ledger::body_hash(genesis.suite(), block);
        tip_ = ledger::execute(genesis, tip_->after, block, {});
        REQUIRE(chain_->append(std::span(&tip_, 1), certificate()).ok());
    }

    const ledger::Chain& chain() const { return *chain_; }

    // What an honest node answers.
    net::HttpResponse answer(const std::string& target) const {
        const std::string evidence = "/v1/evidence/";
        if (target.starts_with(evidence)) {
            return answer_of(ledger::prove_evidence(*chain_, target.substr(evidence.size())));
        }
        const std::string prefix = "/v1/proofs/";
        REQUIRE(target.starts_with(prefix));
        const std::string kind = target.substr(prefix.size(), target.find('/', prefix.size()) - prefix.size());
        const std::string what = target.substr(prefix.size() + kind.size() + 1);
        return answer_of(prove(kind, what));
    }
    NodeClient node() const {
        return NodeClient([this](const NodeRequest& request) { return answer(request.target); });
    }

    ScratchFolder scratch;
    ledger::Genesis genesis;

private:
    Result<ledger::Proof> prove(const std::string& kind, const std::string& what) const {
        if (kind == "entry") return ledger::prove_entry(*chain_, std::stoull(what));
        const auto id = hash_from_hex(what);
        REQUIRE(id.ok());
        if (kind == "record") return ledger::prove_record(*chain_, *id);
        if (kind == "subject") return ledger::prove_list(*chain_, ledger::StateKind::subject, id->view());
        return ledger::prove_batch(*chain_, *id);
    }

    Certificate certificate() const {
        Certificate made;
        made.statement = {VoteKind::finalize, 0, tip_->block.header.view, tip_->id, tip_->result};
        const Bytes message = signing_bytes(genesis.chain_id(), made.statement);
        for (MemberIndex i = 0; i < genesis.committee().quorum(); ++i) {
            const std::string label = genesis.validator(i).id + " validator";
            made.signatures.push_back({i, ledger::rules_test::key_of(genesis.suite(), label).sign(message)});
        }
        return made;
    }

    std::unique_ptr<ledger::LevelDbStore> store_;
    std::unique_ptr<ledger::Chain> chain_;
    ledger::ExecutedBlockPtr tip_;
    std::map<std::string, std::pair<std::uint64_t, Hash>> feeds_;
};

// A row as its issuer holds it, and the entry that commits to it.
inline RecordFile row_of(const std::string& document) {
    RecordFile row;
    row.salt = ledger::rules_test::named(document + " salt");
    row.record = test::record_of(ledger::Category::penalty,
                                 {{"CF_CFLB", "罚款"}, {"CF_JDRQ", "2026-11-09"}, {"CF_WSH", document}});
    return row;
}
inline ledger::Entry entry_of(Suite suite, const RecordFile& row, const std::string& document) {
    ledger::Entry entry = ledger::rules_test::create(document);
    entry.digest = ledger::record_digest(suite, row.record, row.salt);
    return entry;
}

}  // namespace xinlian::node
