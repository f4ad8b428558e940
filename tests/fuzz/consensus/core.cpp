// Runs one consensus core among members that are all hostile: they sign whatever the input asks for. The core's clock,
// ledger and disk answer as the input says, and it restarts at any time. Laws: it never crashes; its own votes never
// contradict each other, also across restarts; no message is sent before its record is written; what it calls final has
// a certificate, in ascending views; its evidence is valid and never names itself; it never asks to be woken in the
// past.
#include "consensus/core.hpp"

#include "consensus/journal.hpp"
#include "tests/fuzz/crypto/statement.hpp"
#include "tests/fuzz/input.hpp"
#include "tests/sim/invariants.hpp"

using namespace xinlian;
using namespace xinlian::consensus;

namespace {

constexpr Suite suite = Suite::ed25519_sha256;
constexpr std::size_t members = 4;
constexpr std::size_t steps_max = 256;

Hash digest(std::string_view what, std::uint64_t a, std::uint64_t b) {
    Writer writer;
    writer(a, b);
    return tagged_hash(suite, what, {writer.take()});
}
Hash block_of(View view, std::uint8_t choice) { return view == 0 ? Hash{} : digest("fuzz/block", view, choice % 3); }
ExecutionResult result_of(const Hash& block, std::uint8_t variant) {
    return {variant, block, digest("fuzz/state", block.bytes[0], variant)};
}

// The members' keys. Signing takes most of the time, so signatures are cached.
class Keys {
public:
    Keys() {
        std::vector<PublicKey> open;
        for (std::uint8_t i = 1; i <= members; ++i) {
            Hash seed;
            seed.bytes.fill(i);
            keys_.push_back(SecretKey::from_seed(suite, seed.view()).value());
        }
        std::sort(keys_.begin(), keys_.end(),
                  [](const auto& a, const auto& b) { return a.public_key() < b.public_key(); });
        for (const SecretKey& key : keys_) open.push_back(key.public_key());
        committee_ = Committee::of(open).value();
    }
    const Committee& committee() const { return *committee_; }
    Signature sign(MemberIndex by, ByteView message) {
        if (kept_.size() > 20'000) kept_.clear();
        const auto [at, fresh] = kept_.try_emplace({by, fuzz::copy(message)});
        if (fresh) at->second = keys_.at(by).sign(message);
        return at->second;
    }

private:
    std::vector<SecretKey> keys_;
    std::optional<Committee> committee_;
    std::map<std::pair<MemberIndex, Bytes>, Signature> kept_;
};

class Run {
public:
    Run(Keys& keys, fuzz::Input input) : keys_(keys), in_(input) {
        const std::uint8_t who = in_.byte() % (members + 1);
        if (who < members) self_ = who;
        start(Memory::whole);
    }
    void go() {
        for (std::size_t i = 0; i < steps_max && !in_.empty(); ++i) step();
    }

private:
    void start(Memory memory) {
        Settings settings{keys_.committee(), chain_id_, 0, self_, {}, {}};
        settings.sign = [this](ByteView bytes) { return keys_.sign(*self_, bytes); };
        core_.emplace(std::move(settings));
        std::vector<Persist> journal;
        for (const Bytes& record : disk_) journal.push_back(decode_persist(record).value());
        done(core_->start({std::move(journal), final_, genesis_, memory}, now_));
    }

    void step() {
        switch (in_.byte() % 16) {
            case 0:
            case 1:
                return receive(vote());
            case 2:
            case 3:
            case 4:
                return receive(certificate());
            case 5:
            case 6:
                return receive(proposal());
            case 7:
                return receive(report());
            case 8:
                return receive(CertificateRequest{view(), view()});
            case 9:
                return wait();
            case 10:
                return answer_check();
            case 11:
                return answer_execute();
            case 12:
                return answer_build();
            case 13:
                return done(core_->demand(in_.byte() % 2 == 0, now_));
            case 14:
                return done(core_->connected(static_cast<MemberIndex>(in_.byte() % members), now_));
            case 15:
                return upheaval();
        }
    }

    // --- messages of the others ---

    View view() {
        const std::uint8_t choice = in_.byte();
        if (choice == 255) return ~View{0} - in_.byte() % 2;
        if (choice == 254) return core_->current() + gap_max + in_.byte() % 3;
        if (choice == 253) return core_->finalized();
        const View base = core_->current() + choice % 12;
        return base > 3 ? base - 3 : 0;
    }
    Statement statement() {
        Statement made{static_cast<VoteKind>(1 + in_.byte() % 4), 0, view(), {}, {}};
        const std::uint8_t choice = in_.byte();
        if (choice == 255) made.epoch = 1;
        if (made.kind != VoteKind::nullify) made.block = block_of(made.view, choice);
        if (made.kind == VoteKind::finalize) made.result = result_of(*made.block, choice / 8 % 8 == 7 ? 1 : 0);
        return made;
    }
    // The members do not have the core's own key; they have what it really signed.
    MemberSignature signature(MemberIndex by, const Statement& said) {
        const auto own = own_.find(encode(said));
        if (by != self_) return {by, keys_.sign(by, signing_bytes(chain_id_, said))};
        return {by, own == own_.end() ? Signature{} : own->second};
    }
    Vote vote() {
        const Statement said = statement();
        const std::uint8_t by = in_.byte();
        Vote made{said, signature(by % members, said)};
        if (by == 255) made.by.member = in_.byte();
        return made;
    }
    Certificate certificate(const Statement& said) {
        Certificate made{said, {}};
        const std::uint8_t who = in_.byte();
        for (MemberIndex by = 0; by < members; ++by) {
            // Usually all but the core itself sign: three of four are a quorum.
            const bool signs = who < 200 ? by != self_ : (who >> by & 1) != 0;
            if (signs && made.signatures.size() < keys_.committee().size())
                made.signatures.push_back(signature(by, said));
        }
        if (who == 255) std::reverse(made.signatures.begin(), made.signatures.end());
        return made;
    }
    Certificate certificate() { return certificate(statement()); }
    Proposal proposal() {
        Proposal made;
        const View at = view();
        const std::uint8_t choice = in_.byte(), back = in_.byte();
        made.statement = {VoteKind::propose, 0, at, block_of(at, choice), {}};
        made.parent_view = back % 8 == 7 ? view() : at - std::min<View>(at, 1 + back % 8);
        made.parent = made.parent_view == 0 ? genesis_ : block_of(made.parent_view, back / 8);
        made.block = {choice};
        if (made.parent_view > 0) {
            Statement of{VoteKind::notarize, 0, made.parent_view, made.parent, {}};
            if (choice / 8 % 4 == 3) {
                of.kind = VoteKind::finalize;
                of.result = result_of(made.parent, 0);
            }
            made.parent_certificate = certificate(of);
        }
        for (View gap = made.parent_view + 1; gap < at && made.gap.size() < 9; ++gap) {
            made.gap.push_back(certificate({VoteKind::nullify, 0, gap, {}, {}}));
        }
        made.signature = signature(keys_.committee().leader(at), made.statement).signature;
        return made;
    }
    StatusReport report() {
        StatusReport made;
        made.current = view();
        const std::uint8_t parts = in_.byte();
        if ((parts & 1) != 0) made.entry = certificate();
        if ((parts & 2) != 0) {
            Statement said = statement();
            said.kind = VoteKind::finalize;
            if (!said.block) said.block = block_of(said.view, 0);
            said.result = result_of(*said.block, 0);
            made.finalization = certificate(said);
        }
        for (int i = parts >> 2 & 3; i > 0; --i) made.tail.push_back(certificate());
        for (int i = parts >> 4 & 3; i > 0; --i) made.votes.push_back(vote());
        made.memory = parts >= 0xE0 ? Memory::lost : parts >= 0xC0 ? Memory::fresh : Memory::whole;
        return made;
    }
    void receive(const Message& message) {
        const MemberIndex from = static_cast<MemberIndex>(in_.byte() % members);
        XL_CHECK(decode_message(encode_message(message)).value() == message);
        if (from != self_) done(core_->receive(from, message, now_));
    }

    // --- the core's clock, ledger and disk ---

    void wait() {
        static constexpr std::array<std::uint64_t, 8> spans{0, 1, 50, 250, 1'000, 3'000, 10'000, 60'000};
        now_ = now_ + Duration{spans[in_.byte() % spans.size()]};
        done(core_->tick(now_));
    }
    template <class T>
    std::optional<T> pick(std::vector<T>& from) {
        if (from.empty()) return std::nullopt;
        return from[from.size() - 1 - in_.byte() % std::min<std::size_t>(from.size(), 8)];
    }
    void answer_check() {
        const auto asked = pick(checks_);
        if (!asked) return;
        const BlockValidity verdict = in_.byte() % 8 == 7 ? BlockValidity::invalid : BlockValidity::valid;
        done(core_->checked(asked->view, asked->block, verdict, now_));
    }
    void answer_execute() {
        // One block has one result, as with a deterministic ledger.
        if (const auto asked = pick(executes_)) done(core_->executed(asked->block, result_of(asked->block, 0), now_));
    }
    void answer_build() {
        const auto asked = pick(builds_);
        if (!asked) return;
        const std::uint8_t choice = in_.byte();
        std::optional<Core::Built> built;
        if (choice % 8 != 7) built = Core::Built{block_of(asked->view, choice), {choice}};
        done(core_->built(asked->view, std::move(built), now_));
    }
    void upheaval() {
        const std::uint8_t choice = in_.byte() % 16;
        if (choice == 0) return done(core_->halt("the ledger differs", now_));
        if (choice == 1 && self_) {
            // All others may lie about where it voted, so nothing is guaranteed about votes before the loss.
            disk_.clear();
            invariants_ = sim::Invariants(members);
            return restart(Memory::lost);
        }
        if (choice < 8) {
            const View final = final_ ? final_->statement.view : 0;
            std::erase_if(disk_, [&](const Bytes& record) { return !is_live(decode_persist(record).value(), final); });
        }
        restart(Memory::whole);
    }
    void restart(Memory memory) {
        builds_.clear();
        checks_.clear();
        executes_.clear();
        was_halted_ = false;
        start(memory);
    }

    // --- the laws ---

    void done(const Actions& actions) {
        for (const Persist& record : actions.persist) {
            disk_.push_back(encode_persist(record));
            XL_CHECK(decode_persist(disk_.back()).value() == record);
            invariants_.wrote(0, record);
            const bool own = std::holds_alternative<OwnVote>(record) || std::holds_alternative<OwnProposal>(record);
            if (own) XL_CHECK(self_.has_value() && !was_halted_);
        }
        for (const Message& message : actions.broadcast) sent(message);
        for (const auto& [to, message] : actions.send_to) {
            XL_CHECK(to < members && to != self_);
            sent(message);
        }
        for (const Certificate& certificate : actions.finalized) {
            XL_CHECK(is_final(certificate));
            XL_CHECK(!final_ || certificate.statement.view > final_->statement.view);
            final_ = certificate;
        }
        for (const Evidence& evidence : actions.evidence) {
            XL_CHECK(proves(evidence));
            XL_CHECK(evidence.member != self_);
        }
        if (actions.wake) XL_CHECK(*actions.wake > now_);
        builds_.insert(builds_.end(), actions.build.begin(), actions.build.end());
        checks_.insert(checks_.end(), actions.check.begin(), actions.check.end());
        executes_.insert(executes_.end(), actions.execute.begin(), actions.execute.end());
        was_halted_ = core_->halted();
        for (const std::string& promise : invariants_.broken()) std::fprintf(stderr, "%s\n", promise.c_str());
        XL_CHECK(invariants_.broken().empty());
    }
    // Verified here without the program's own checks. Ed25519 signatures are deterministic, so a signature is valid if
    // it is the one that the key makes.
    bool is_signed(MemberIndex by, const Statement& said, const Signature& signature) {
        return by < members && fuzz::has_shape(said) && signature == keys_.sign(by, signing_bytes(chain_id_, said));
    }
    bool is_final(const Certificate& certificate) {
        int last = -1;
        for (const MemberSignature& by : certificate.signatures) {
            if (by.member <= last || !is_signed(by.member, certificate.statement, by.signature)) return false;
            last = by.member;
        }
        return certificate.statement.kind == VoteKind::finalize && certificate.statement.epoch == 0 &&
               certificate.signatures.size() >= members - (members - 1) / 3;
    }
    bool proves(const Evidence& evidence) {
        return fuzz::contradict(evidence.first, evidence.second) &&
               is_signed(evidence.member, evidence.first, evidence.first_signature) &&
               is_signed(evidence.member, evidence.second, evidence.second_signature);
    }
    void sent(const Message& message) {
        XL_CHECK(decode_message(encode_message(message)).ok());
        if (self_) invariants_.sent(0, *self_, message);
        if (const auto* own = std::get_if<Vote>(&message)) {
            XL_CHECK(self_.has_value());
            own_[encode(own->statement)] = own->by.signature;
        }
    }

    Keys& keys_;
    fuzz::Input in_;
    std::optional<MemberIndex> self_;  // nothing: an observer
    std::optional<Core> core_;
    Time now_{1'000};
    const Hash chain_id_ = digest("fuzz/chain", 0, 0), genesis_ = digest("fuzz/genesis", 0, 0);
    std::vector<Bytes> disk_;
    std::optional<Certificate> final_;
    std::map<Bytes, Signature> own_;
    std::vector<BuildRequest> builds_;
    std::vector<CheckRequest> checks_;
    std::vector<ExecuteRequest> executes_;
    bool was_halted_ = false;
    sim::Invariants invariants_{members};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static Keys keys;
    Run(keys, {data, size}).go();
    return 0;
}
