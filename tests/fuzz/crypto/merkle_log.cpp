// Laws: the growing log has the root of the definition; its inclusion and consistency paths verify; an external path
// that verifies states the true leaf or older log; restoring from a frontier gives the same log.
#include "crypto/merkle_log.hpp"

#include "tests/fuzz/input.hpp"

using namespace xinlian;

namespace {

constexpr Suite suite = Suite::ed25519_sha256;
constexpr std::size_t leaves_max = 70;

Hash leaf(std::size_t i) {
    const Bytes entry{static_cast<std::uint8_t>(i)};
    return log_leaf_hash(suite, entry);
}

std::vector<Hash> hashes_in(ByteView bytes) {
    std::vector<Hash> out;
    for (; bytes.size() >= 32 && out.size() < 2 * log_path_max; bytes = bytes.subspan(32)) {
        out.push_back(hash_from_bytes(bytes.first(32)).value());
    }
    return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::Input input(data, size);
    const std::size_t total = 1 + input.below(leaves_max), older = input.below(total + 1), index = input.below(total);
    std::vector<Hash> leaves;
    std::vector<Hash> roots{log_empty_root(suite)};
    LogTree tree(suite);
    for (std::size_t i = 0; i < total; ++i) {
        leaves.push_back(leaf(i));
        tree.append(leaves.back());
        roots.push_back(tree.root());
    }
    XL_CHECK(tree.root() == log_root_of(suite, leaves));
    XL_CHECK(LogTree::restore(suite, total, tree.frontier()).value().root() == tree.root());
    const SubtreeReader read = [&](unsigned level, std::uint64_t at) -> Result<Hash> {
        const std::size_t width = std::size_t{1} << level;
        return log_root_of(suite, std::span(leaves).subspan(at << level, width));
    };
    const auto inclusion = inclusion_path(suite, index, total, read).value();
    XL_CHECK(check_inclusion(suite, leaves[index], index, total, inclusion, tree.root()).ok());
    XL_CHECK(inclusion == log_path_of(suite, leaves, index));
    const auto consistency = consistency_path(suite, older, total, read).value();
    XL_CHECK(check_consistency(suite, older, roots[older], total, tree.root(), consistency).ok());

    // External sizes and indexes may have any value.
    std::array<std::uint64_t, 2> wild{};
    for (std::uint64_t& number : wild) {
        for (std::size_t i = input.byte() % 9; i > 0; --i) number = number << 8 | input.byte();
    }
    const Hash claimed = input.byte() % 2 == 0 ? leaves[index] : leaf(200);
    std::vector<Hash> path = input.byte() % 2 == 0 ? inclusion : consistency;
    const std::size_t kept = input.below(16);
    if (kept < path.size()) path.resize(kept);
    for (const Hash& more : hashes_in(input.rest())) path.push_back(more);
    if (check_inclusion(suite, claimed, wild[0], total, path, tree.root())) {
        XL_CHECK(wild[0] < total);
        XL_CHECK(leaves[wild[0]] == claimed);
    }
    if (check_consistency(suite, wild[0], roots[older], wild[1], tree.root(), path) && wild[1] == total) {
        XL_CHECK(wild[0] <= total);
        XL_CHECK(roots[wild[0]] == roots[older]);
    }
    return 0;
}
