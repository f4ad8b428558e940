// Laws: a map's own proof of any keys is valid and is the only one for them; an external proof that verifies claims
// what the map holds, and equals the map's own proof item for item.
#include "crypto/map_multiproof.hpp"

#include <map>

#include "tests/fuzz/crypto/map_key.hpp"
#include "tests/fuzz/input.hpp"

using namespace xinlian;

namespace {

constexpr Suite suite = Suite::ed25519_sha256;

using Claims = std::map<Hash, std::optional<Bytes>>;

// The map's proof of the keys, and what the map holds for them.
Bytes prove(const MerkleMap& map, Claims& claims) {
    std::vector<Hash> keys;
    for (const auto& [key, value] : claims) keys.push_back(key);
    Writer writer;
    const auto rest = prove_keys(map, keys, [&](const Hash& key, const Bytes* value, std::span<const MapItem> items) {
        claims[key] = value == nullptr ? std::nullopt : std::optional(*value);
        for (const MapItem& item : items) writer(item);
        return Status();
    });
    XL_CHECK(rest.ok());
    for (const MapItem& item : *rest) writer(item);
    return writer.take();
}

bool holds(const Hash& root, const Claims& claims, ByteView proof) {
    Reader reader(proof);
    const MultiproofChecker::Next next = [&]() -> Result<MapItem> {
        MapItem item;
        reader(item);
        if (reader.failed()) return Error{Errc::malformed, reader.fault()};
        return item;
    };
    MultiproofChecker checker(suite);
    for (const auto& [key, value] : claims) {
        if (!checker.key(key, value ? std::optional<ByteView>(*value) : std::nullopt, next)) return false;
    }
    return checker.finish(root, next) && reader.left() == 0;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    std::vector<MapChange> changes;
    for (std::size_t left = input.below(32); left > 0; --left) {
        const std::uint8_t choice = input.byte();
        changes.push_back({fuzz::key_of(choice), Bytes{input.byte()}});
    }
    const MerkleMap map = MerkleMap(suite).apply(changes);
    Claims asked;
    for (std::size_t left = input.below(16); left > 0; --left) asked[fuzz::key_of(input.byte())];
    Claims true_claims = asked;
    const Bytes own = prove(map, true_claims);
    for (const auto& [key, value] : true_claims) {
        const Bytes* held = map.get(key);
        XL_CHECK((held != nullptr) == value.has_value());
        XL_CHECK(held == nullptr || *held == *value);
    }
    XL_CHECK(holds(map.root(), true_claims, own));

    // The map's own proof with changes, or one from the input; the claims may be false.
    Bytes proof = own;
    Claims claims = true_claims;
    const std::uint8_t how = input.byte();
    for (auto& [key, value] : claims) {
        const std::uint8_t lie = how % 2 == 0 ? 0 : input.byte();
        if (lie % 4 == 1) value.reset();
        if (lie % 4 == 2) value = Bytes{lie};
    }
    if (how % 4 < 2) {
        for (std::size_t left = input.below(4); left > 0 && !proof.empty(); --left) {
            proof[input.below(proof.size())] ^= input.byte();
        }
    } else {
        proof = fuzz::copy(input.rest());
    }
    if (!holds(map.root(), claims, proof)) return 0;
    XL_CHECK(claims == true_claims);
    XL_CHECK(proof == own);
    return 0;
}
