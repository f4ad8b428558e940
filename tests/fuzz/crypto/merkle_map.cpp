// Laws: after any changes the map holds what a std::map holds, and its root does not depend on the order or grouping of
// the changes; every key's own proof verifies; an external proof that verifies states what the map holds.
#include "crypto/merkle_map.hpp"

#include <map>

#include "tests/fuzz/crypto/map_key.hpp"
#include "tests/fuzz/input.hpp"

using namespace xinlian;

namespace {

constexpr Suite suite = Suite::ed25519_sha256;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    const std::size_t count = input.below(48);
    std::map<Hash, Bytes> plain;
    std::vector<MapChange> changes;
    MerkleMap stepwise(suite);
    for (std::size_t i = 0; i < count; ++i) {
        const Hash key = fuzz::key_of(input.byte());
        const std::uint8_t value = input.byte();
        MapChange change{key, std::nullopt};
        if (value % 4 == 0) {
            plain.erase(key);
        } else {
            change.value = plain[key] = Bytes{value};
        }
        changes.push_back(change);
        if (i % 3 == 2) stepwise = stepwise.apply({changes.end() - 3, changes.end()});
    }
    stepwise = stepwise.apply({changes.end() - static_cast<std::ptrdiff_t>(count % 3), changes.end()});
    const MerkleMap map = MerkleMap(suite).apply(changes);
    XL_CHECK(map.root() == stepwise.root());
    XL_CHECK(map.size() == plain.size());
    for (int choice = 0; choice < 256; ++choice) {
        const Hash key = fuzz::key_of(static_cast<std::uint8_t>(choice));
        const auto found = plain.find(key);
        const Bytes* value = map.get(key);
        XL_CHECK((value != nullptr) == (found != plain.end()));
        std::optional<ByteView> expected;
        if (value != nullptr) {
            XL_CHECK(*value == found->second);
            expected = *value;
        }
        if (choice % 8 == static_cast<int>(count % 8)) {
            XL_CHECK(check_map_proof(suite, map.root(), key, expected, map.prove(key)).ok());
        }
    }

    const Hash asked = fuzz::key_of(input.byte());
    const Bytes claimed = fuzz::copy(input.take(input.byte() % 2));
    const Bytes bytes = fuzz::copy(input.rest());
    const auto proof = decode<MapProof>(bytes);
    if (!proof) return 0;
    XL_CHECK(encode(*proof) == bytes);
    const std::optional<ByteView> value = claimed.empty() ? std::optional<ByteView>() : ByteView(claimed);
    if (!check_map_proof(suite, map.root(), asked, value, *proof)) return 0;
    const Bytes* held = map.get(asked);
    XL_CHECK((held != nullptr) == value.has_value());
    if (held != nullptr) XL_CHECK(*held == claimed);
    return 0;
}
