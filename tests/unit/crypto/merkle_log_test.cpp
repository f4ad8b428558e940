// Tests the Merkle log of RFC 9162 against its definition: roots, frontiers, inclusion and consistency proofs.
#include "crypto/merkle_log.hpp"

#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include "tests/unit/crypto/shared_vectors.hpp"

using namespace xinlian;

namespace {

constexpr Suite sha256 = Suite::ed25519_sha256;
constexpr std::size_t largest = 70;  // past 64, so that one level more than a power of two is tested

std::vector<Hash> leaves(Suite suite, std::size_t n) {
    std::vector<Hash> made;
    for (std::size_t i = 0; i < n; ++i) made.push_back(log_leaf_hash(suite, as_bytes("entry " + std::to_string(i))));
    return made;
}

// RFC 9162, 2.1.1 word for word: the reference for all other ways to compute a root.
Hash definition_of_root(Suite suite, std::span<const Hash> of) {
    if (of.empty()) return hash(suite, ByteView());
    if (of.size() == 1) return of[0];
    std::size_t k = 1;
    while (k * 2 < of.size()) k *= 2;
    const Hash left = definition_of_root(suite, of.first(k));
    const Hash right = definition_of_root(suite, of.subspan(k));
    const std::uint8_t one = 1;
    return hash(suite, {ByteView(&one, 1), left.view(), right.view()});
}

// Reads complete subtrees from the leaves; counts the reads.
SubtreeReader reader_of(const std::vector<Hash>& of, int* reads = nullptr) {
    return [&of, reads](unsigned level, std::uint64_t index) -> Result<Hash> {
        if (reads != nullptr) ++*reads;
        const std::size_t width = std::size_t{1} << level;
        REQUIRE((index + 1) * width <= of.size());
        return definition_of_root(sha256, std::span(of).subspan(index * width, width));
    };
}

Hash flipped(Hash hash) {
    hash.bytes[7] ^= 0x10;
    return hash;
}

// The vectors' text for bytes of any size: bytes that are not a hash cannot be put into a path.
std::optional<Hash> hash_of(const boost::json::value& base64) {
    const auto bytes = from_base64(std::string_view(base64.as_string()));
    if (!bytes) return std::nullopt;
    const auto hash = hash_from_bytes(*bytes);
    return hash ? std::optional<Hash>(*hash) : std::nullopt;
}

std::optional<std::vector<Hash>> path_of(const boost::json::value& list) {
    std::vector<Hash> path;
    if (list.is_null()) return path;
    for (const auto& item : list.as_array()) {
        const auto hash = hash_of(item);
        if (!hash) return std::nullopt;
        path.push_back(*hash);
    }
    return path;
}

}  // namespace

TEST_CASE("the growing log has the root of the definition at every size, in both suites") {
    for (const Suite suite : {sha256, Suite::sm2_sm3}) {
        const std::vector<Hash> all = leaves(suite, largest);
        LogTree tree(suite);
        for (std::size_t n = 0; n <= largest; ++n) {
            const auto some = std::span(all).first(n);
            CHECK(tree.root() == definition_of_root(suite, some));
            CHECK(log_root_of(suite, some) == tree.root());
            CHECK(tree.size() == n);
            const auto restored = LogTree::restore(suite, n, tree.frontier());
            CHECK(restored.value().root() == tree.root());
            if (n < largest) tree.append(all[n]);
        }
    }
    CHECK(log_empty_root(sha256).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST_CASE("a frontier of the wrong number of hashes is corrupt") {
    CHECK(LogTree::restore(sha256, 5, std::vector<Hash>(1)).error().code == Errc::corrupt);
    CHECK(LogTree::restore(sha256, 5, std::vector<Hash>(3)).error().code == Errc::corrupt);
    CHECK(LogTree::restore(sha256, 0, std::vector<Hash>(1)).error().code == Errc::corrupt);
}

TEST_CASE("a leaf is never taken for a node") {
    const auto two = leaves(sha256, 2);
    Bytes entry(two[0].bytes.begin(), two[0].bytes.end());
    entry.insert(entry.end(), two[1].bytes.begin(), two[1].bytes.end());
    CHECK(log_leaf_hash(sha256, entry) != log_node_hash(sha256, two[0], two[1]));
}

TEST_CASE("every inclusion path proves its entry and nothing else") {
    const std::vector<Hash> all = leaves(sha256, largest);
    for (std::uint64_t n = 1; n <= 40; ++n) {
        const std::vector<Hash> some(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(n));
        const Hash root = definition_of_root(sha256, some);
        for (std::uint64_t i = 0; i < n; ++i) {
            INFO(i << " of " << n);
            std::vector<Hash> path = inclusion_path(sha256, i, n, reader_of(some)).value();
            CHECK(path == log_path_of(sha256, some, i));
            CHECK(check_inclusion(sha256, some[i], i, n, path, root));
            CHECK_FALSE(check_inclusion(sha256, flipped(some[i]), i, n, path, root));
            CHECK_FALSE(check_inclusion(sha256, some[i], i, n, path, flipped(root)));
            CHECK_FALSE(check_inclusion(Suite::sm2_sm3, some[i], i, n, path, path.empty() ? flipped(root) : root));
            for (std::uint64_t wrong = 0; wrong <= n; ++wrong) {
                if (wrong != i && check_inclusion(sha256, some[i], wrong, n, path, root)) FAIL("also proves " << wrong);
            }
            for (Hash& sibling : path) {
                const Hash good = sibling;
                sibling = flipped(good);
                CHECK_FALSE(check_inclusion(sha256, some[i], i, n, path, root));
                sibling = good;
            }
            path.push_back(root);
            CHECK_FALSE(check_inclusion(sha256, some[i], i, n, path, root));
            path.pop_back();
            if (!path.empty()) path.pop_back();
            if (n > 1) CHECK_FALSE(check_inclusion(sha256, some[i], i, n, path, root));
        }
    }
}

TEST_CASE("every consistency path proves its two roots and no others") {
    const std::vector<Hash> all = leaves(sha256, largest);
    for (std::uint64_t n = 0; n <= 36; ++n) {
        const Hash root = definition_of_root(sha256, std::span(all).first(n));
        for (std::uint64_t m = 0; m <= n; ++m) {
            INFO(m << " in " << n);
            const Hash old_root = definition_of_root(sha256, std::span(all).first(m));
            std::vector<Hash> path = consistency_path(sha256, m, n, reader_of(all)).value();
            CHECK(check_consistency(sha256, m, old_root, n, root, path));
            CHECK_FALSE(check_consistency(sha256, m, flipped(old_root), n, root, path));
            if (m > 0) CHECK_FALSE(check_consistency(sha256, m, old_root, n, flipped(root), path));
            for (Hash& node : path) {
                const Hash good = node;
                node = flipped(good);
                CHECK_FALSE(check_consistency(sha256, m, old_root, n, root, path));
                node = good;
            }
            path.push_back(root);
            CHECK_FALSE(check_consistency(sha256, m, old_root, n, root, path));
            path.pop_back();
            if (path.empty()) continue;
            path.pop_back();
            CHECK_FALSE(check_consistency(sha256, m, old_root, n, root, path));
        }
    }
}

TEST_CASE("paths outside the tree are refused, when made and when checked") {
    const std::vector<Hash> all = leaves(sha256, 8);
    const auto read = reader_of(all);
    CHECK(inclusion_path(sha256, 8, 8, read).error().code == Errc::not_found);
    CHECK(inclusion_path(sha256, 0, 0, read).error().code == Errc::not_found);
    CHECK(consistency_path(sha256, 9, 8, read).error().code == Errc::not_found);
    CHECK_FALSE(check_inclusion(sha256, all[0], 0, 0, {}, log_empty_root(sha256)));
    CHECK_FALSE(check_inclusion(sha256, all[0], 8, 8, {}, all[0]));
    CHECK_FALSE(check_consistency(sha256, 9, all[0], 8, all[0], {}));
    const auto fails = [](unsigned, std::uint64_t) -> Result<Hash> {
        return Error{Errc::corrupt, "a tile is damaged"};
    };
    CHECK(inclusion_path(sha256, 0, 8, fails).error().code == Errc::corrupt);
    CHECK(consistency_path(sha256, 3, 8, fails).error().code == Errc::corrupt);
}

TEST_CASE("the largest trees there can be need paths within the limit, and break no arithmetic") {
    const std::uint64_t size = ~std::uint64_t{0};
    const Hash any = log_leaf_hash(sha256, as_bytes("any"));
    const auto read = [&](unsigned, std::uint64_t) -> Result<Hash> { return any; };
    for (const std::uint64_t index : {std::uint64_t{0}, size / 2, size - 1}) {
        const auto path = inclusion_path(sha256, index, size, read).value();
        CHECK(path.size() <= log_path_max);
        Hash root;
        CHECK(check_inclusion(sha256, any, index, size, path, root).error().text.find("does not lead") !=
              std::string::npos);
        const auto steps = consistency_path(sha256, index + 1, size, read).value();
        CHECK(steps.size() <= log_path_max + 1);
    }
    CHECK_FALSE(check_inclusion(sha256, any, 0, size, std::vector<Hash>(65), any));
}

TEST_CASE("a path needs few reads") {
    const std::vector<Hash> all = leaves(sha256, largest);
    int reads = 0;
    CHECK(inclusion_path(sha256, 3, largest, reader_of(all, &reads)));
    CHECK(reads <= 14);
}

TEST_CASE("external inclusion proofs give their stated results") {
    XL_SHARED_FILE(text, "vectors/rfc9162/inclusion.json");
    const boost::json::value vectors = boost::json::parse(text);
    CHECK(vectors.as_array().size() >= 50);
    for (const auto& vector : vectors.as_array()) {
        INFO(vector.at("name").as_string());
        const auto leaf = hash_of(vector.at("leafHash"));
        const auto root = hash_of(vector.at("root"));
        const auto path = path_of(vector.at("proof"));
        const bool good = leaf && root && path &&
                          check_inclusion(sha256, *leaf, vector.at("leafIdx").to_number<std::uint64_t>(),
                                          vector.at("treeSize").to_number<std::uint64_t>(), *path, *root);
        CHECK(good != vector.at("wantErr").as_bool());
    }
}

TEST_CASE("external consistency proofs give their stated results") {
    XL_SHARED_FILE(text, "vectors/rfc9162/consistency.json");
    const boost::json::value vectors = boost::json::parse(text);
    CHECK(vectors.as_array().size() >= 40);
    for (const auto& vector : vectors.as_array()) {
        INFO(vector.at("name").as_string());
        const auto old_root = hash_of(vector.at("root1"));
        const auto root = hash_of(vector.at("root2"));
        const auto path = path_of(vector.at("proof"));
        const bool good = old_root && root && path &&
                          check_consistency(sha256, vector.at("size1").to_number<std::uint64_t>(), *old_root,
                                            vector.at("size2").to_number<std::uint64_t>(), *root, *path);
        CHECK(good != vector.at("wantErr").as_bool());
    }
}
