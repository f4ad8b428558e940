// Measures hashes, signatures and trees in operations per second on one core:
// ./run build && build/release/crypto_bench [largest map, default 1000000]
#include <openssl/evp.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "crypto/key.hpp"
#include "crypto/merkle_log.hpp"
#include "crypto/merkle_map.hpp"

using namespace xinlian;

namespace {

// Keeps the compiler from removing work whose result is unused.
volatile std::uint8_t sink = 0;

// Runs `work` in rounds of `count` operations for about a quarter of a second, and prints the rate.
template <class Work>
void measure(const char* name, std::size_t count, const Work& work) {
    using Clock = std::chrono::steady_clock;
    const auto begin = Clock::now();
    std::size_t done = 0;
    double seconds = 0;
    do {
        work();
        done += count;
        seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    } while (seconds < 0.25);
    std::printf("%-52s %12.0f /s  %10.2f us each\n", name, static_cast<double>(done) / seconds,
                seconds * 1e6 / static_cast<double>(done));
}

Hash numbered(std::uint64_t number) { return hash(Suite::ed25519_sha256, as_bytes(std::to_string(number))); }

void bench_hashes() {
    Hash left = numbered(1);
    const Hash right = numbered(2);
    for (const Suite suite : {Suite::ed25519_sha256, Suite::sm2_sm3}) {
        measure(suite == Suite::sm2_sm3 ? "SM3 node hash (65 bytes)" : "SHA-256 node hash (65 bytes)", 1000, [&] {
            for (int i = 0; i < 1000; ++i) left = log_node_hash(suite, left, right);
            sink = left.bytes[0];
        });
        measure(suite == Suite::sm2_sm3 ? "SM3 of 32 bytes" : "SHA-256 of 32 bytes", 1000, [&] {
            for (int i = 0; i < 1000; ++i) left = hash(suite, left.view());
            sink = left.bytes[0];
        });
    }
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    EVP_MD* digest = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    std::array<std::uint8_t, 65> bytes{};
    measure("  for comparison: SHA-256 of 65 bytes through EVP", 1000, [&] {
        for (int i = 0; i < 1000; ++i) {
            EVP_DigestInit_ex2(context, digest, nullptr);
            EVP_DigestUpdate(context, bytes.data(), bytes.size());
            EVP_DigestFinal_ex(context, bytes.data(), nullptr);
        }
        sink = bytes[0];
    });
    EVP_MD_free(digest);
    EVP_MD_CTX_free(context);
}

void bench_signatures() {
    const Bytes message(120, 7);
    for (const Suite suite : {Suite::ed25519_sha256, Suite::sm2_sm3}) {
        const bool sm2 = suite == Suite::sm2_sm3;
        const SecretKey key = SecretKey::generate(suite);
        const Signature signature = key.sign(message);
        measure(sm2 ? "SM2 sign (and check)" : "Ed25519 sign (and check)", 1,
                [&] { sink = key.sign(message).bytes[0]; });
        measure(sm2 ? "SM2 verify" : "Ed25519 verify", 1,
                [&] { sink = verify(key.public_key(), message, signature) ? 1 : 0; });
        const Bytes bytes(key.public_key().view().begin(), key.public_key().view().end());
        measure(sm2 ? "SM2 public key from bytes" : "Ed25519 public key from bytes", 1,
                [&] { sink = PublicKey::from_bytes(suite, bytes).ok() ? 1 : 0; });
    }
}

void bench_map(Suite suite, std::uint64_t size) {
    MerkleMap map(suite);
    for (std::uint64_t at = 0; at < size; at += 10000) {
        std::vector<MapChange> changes;
        for (std::uint64_t i = at; i < at + 10000; ++i) changes.push_back({numbered(i), Bytes(80, 1)});
        map = map.apply(std::move(changes));
    }
    std::uint64_t next = size;
    const std::string name = std::string(name_of(suite)) + " map of " + std::to_string(size) + ": ";
    measure((name + "2,000 new keys, per key").c_str(), 2000, [&] {
        std::vector<MapChange> changes;
        for (int i = 0; i < 2000; ++i) changes.push_back({numbered(next++), Bytes(80, 2)});
        sink = map.apply(std::move(changes)).root().bytes[0];
    });
    const MapProof proof = map.prove(numbered(5));
    measure((name + "prove").c_str(), 1, [&] { sink = map.prove(numbered(5)).siblings[0].bytes[0]; });
    measure((name + "check a proof").c_str(), 1, [&] {
        sink = check_map_proof(suite, map.root(), numbered(5), ByteView(*map.get(numbered(5))), proof).ok() ? 1 : 0;
    });
}

void bench_log(Suite suite) {
    LogTree tree(suite);
    const Hash leaf = numbered(1);
    measure((std::string(name_of(suite)) + " log append").c_str(), 1000, [&] {
        for (int i = 0; i < 1000; ++i) tree.append(leaf);
    });
    sink = tree.root().bytes[0];
}

}  // namespace

int main(int argc, char** argv) {
    const std::uint64_t largest = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1000000;
    bench_hashes();
    bench_signatures();
    for (const Suite suite : {Suite::ed25519_sha256, Suite::sm2_sm3}) bench_log(suite);
    for (const std::uint64_t size : {std::uint64_t{100000}, largest}) bench_map(Suite::ed25519_sha256, size);
    bench_map(Suite::sm2_sm3, 100000);
    return 0;
}
