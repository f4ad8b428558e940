// Law: a certificate is accepted if and only if an independent check finds the right shape, strictly ascending members,
// a quorum of them, and each signature made with that member's key over exactly that statement.
//
// No input can hold a valid signature by chance, so one that is all zero but for its first byte stands for a signature
// that is made here: 0 by the member itself, 1 by its neighbour, 2 over the statement of the next view.
#include "crypto/committee.hpp"
#include "tests/fuzz/crypto/statement.hpp"
#include "tests/fuzz/input.hpp"

using namespace xinlian;

namespace {

struct Members {
    explicit Members(Suite suite, std::size_t count) {
        std::vector<PublicKey> open;
        for (std::size_t i = 0; i < count; ++i) {
            Hash seed;
            seed.bytes.fill(static_cast<std::uint8_t>(i + 1));
            keys.push_back(SecretKey::from_seed(suite, seed.view()).value());
        }
        std::sort(keys.begin(), keys.end(),
                  [](const auto& a, const auto& b) { return a.public_key() < b.public_key(); });
        for (const SecretKey& key : keys) open.push_back(key.public_key());
        committee = Committee::of(open).value();
    }
    std::vector<SecretKey> keys;
    std::optional<Committee> committee;
};

// Replaces the signature by the one that the input asks for. Returns whether it is the right one.
bool fill(const Members& members, const Hash& chain_id, const Statement& statement, MemberSignature& by) {
    Signature rest = by.signature;
    const std::uint8_t wish = std::exchange(rest.bytes[0], 0);
    const std::size_t count = members.keys.size();
    if (rest != Signature{} || wish > 2 || by.member >= count || !is_known(statement.kind)) return false;
    Statement signed_one = statement;
    if (wish == 2) ++signed_one.view;
    const SecretKey& key = members.keys[wish == 1 ? (by.member + 1) % count : by.member];
    by.signature = key.sign(signing_bytes(chain_id, signed_one));
    return wish == 0 || (wish == 1 && count == 1);  // alone, one is one's own neighbour
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Members four(Suite::ed25519_sha256, 4), seven(Suite::ed25519_sha256, 7), one(Suite::ed25519_sha256, 1),
        chinese(Suite::sm2_sm3, 4);
    const std::array choice{&four, &seven, &one, &chinese};
    fuzz::Input input(data, size);
    const Members& members = *choice[input.byte() % choice.size()];
    const Bytes bytes = fuzz::copy(input.rest());
    auto certificate = decode<Certificate>(bytes);
    if (!certificate) return 0;
    XL_CHECK(encode(*certificate) == bytes);

    const Hash chain_id = hash(Suite::ed25519_sha256, as_bytes("fuzz"));
    const std::size_t n = members.keys.size();
    bool right = fuzz::has_shape(certificate->statement), ascending = true;
    int last = -1;
    for (MemberSignature& by : certificate->signatures) {
        ascending = ascending && by.member > last;
        last = by.member;
        right = fill(members, chain_id, certificate->statement, by) && right;
    }
    right = right && ascending && certificate->signatures.size() >= n - (n - 1) / 3;
    XL_CHECK(members.committee->check(chain_id, *certificate).ok() == right);
    return 0;
}
