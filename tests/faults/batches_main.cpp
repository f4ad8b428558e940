// xinlian-batches: writes an endless stream of signed batches of one issuer, for a client that submits them.
// It writes to standard output, as fast as the output is read: 4 bytes of length (big-endian), the batch id (32 bytes),
// the batch. It ends when the reader closes.
#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>

#include "tests/support/issuing.hpp"

using namespace xinlian;

namespace {

int fail(const Error& error) {
    std::fprintf(stderr, "xinlian-batches: %s\n", error.text.c_str());
    return 2;
}

bool write(ByteView bytes) { return std::fwrite(bytes.data(), 1, bytes.size(), stdout) == bytes.size(); }

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"Writes an endless stream of signed batches of made-up rows."};
    std::string genesis_path, key_path, issuer_id;
    std::size_t rows = 1;
    app.add_option("--genesis", genesis_path)->required();
    app.add_option("--key", key_path, "the issuer's key file, without a passphrase")->required();
    app.add_option("--issuer", issuer_id)->required();
    app.add_option("--rows", rows, "of each batch")->check(CLI::Range(1, 10'000));
    CLI11_PARSE(app, argc, argv);
    std::signal(SIGPIPE, SIG_IGN);

    const auto genesis = ledger::Genesis::load(genesis_path);
    if (!genesis) return fail(genesis.error());
    auto key = open_key_file(key_path, KeyPurpose::issuer, "");
    if (!key) return fail(key.error());
    test::Issuer issuer{issuer_id, std::make_unique<SecretKey>(*std::move(key)), 1, {}};
    for (;;) {
        const auto batch = test::next_batch(*genesis, issuer, rows);
        if (!batch) return fail(batch.error());
        Bytes head;
        for (int shift = 24; shift >= 0; shift -= 8) {
            head.push_back(static_cast<std::uint8_t>(batch->encoded.size() >> shift));
        }
        if (!write(head) || !write(batch->id.view()) || !write(as_bytes(batch->encoded))) return 0;
    }
}
