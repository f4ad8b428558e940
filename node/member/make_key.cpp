#include "node/member/make_key.hpp"

#include <unistd.h>

#include "crypto/files.hpp"
#include "crypto/random.hpp"
#include "crypto/seal.hpp"
#include "ledger/entry/genesis.hpp"
#include "net/network.hpp"

namespace xinlian::node {

namespace {

// A channel key consists of random bytes and has no public key.
Result<KeyFile> make_channel_key(const NewKey& wanted) {
    const Secret secret(random_hash());
    KeyFile about{wanted.purpose, wanted.suite, wanted.owner, "channel"};
    XL_TRY_STATUS(write_key_file(wanted.path, about, secret.view(), wanted.protection, wanted.passphrase));
    return about;
}

}  // namespace

std::string certificate_path(const std::string& key_path) {
    return (key_path.ends_with(".key") ? key_path.substr(0, key_path.size() - 4) : key_path) + ".crt";
}

Result<KeyFile> make_key(const NewKey& wanted) {
    XL_TRY_STATUS(ledger::check_member_id(wanted.owner));
    if (wanted.purpose == KeyPurpose::channel) return make_channel_key(wanted);
    const bool transport = wanted.purpose == KeyPurpose::transport;
    if (transport && wanted.suite != Suite::ed25519_sha256) {
        return Error{Errc::invalid, "a transport key must be ed25519-sha256, because TLS 1.3 has no SM2 here"};
    }
    const SecretKey key = SecretKey::generate(wanted.suite);
    KeyFile about{wanted.purpose, wanted.suite, wanted.owner, key.public_key().text()};
    XL_TRY_STATUS(write_key_file(wanted.path, about, key.seed(), wanted.protection, wanted.passphrase));
    if (!transport) return about;
    XL_TRY(const std::string pem, net::make_certificate(key, wanted.owner));
    if (Status status = write_file(certificate_path(wanted.path), as_bytes(pem), 0644, Existing::refuse); !status) {
        ::unlink(wanted.path.c_str());  // remove the new key: a key without its certificate would mislead
        return std::move(status).error();
    }
    return about;
}

Status change_passphrase(const std::string& path, std::string_view old_passphrase, Protection protection,
                         std::string_view new_passphrase) {
    XL_TRY(const KeyFile about, describe_key_file(path));
    XL_TRY(const Hash opened, open_key_file_secret(path, about.purpose, old_passphrase));
    const Secret secret(opened);
    const std::string fresh = path + ".changed." + std::to_string(::getpid());
    XL_TRY_STATUS(write_key_file(fresh, about, secret.view(), protection, new_passphrase));
    const auto again = open_key_file_secret(fresh, about.purpose, new_passphrase);
    if (!again || !equal_constant_time(again->view(), secret.view())) {
        ::unlink(fresh.c_str());
        return Error{Errc::corrupt, path + ": the new key file cannot be read back; the old key file is unchanged"};
    }
    return move_file(fresh, path);
}

Result<KeyPurpose> purpose_named(std::string_view name) {
    for (const KeyPurpose purpose :
         {KeyPurpose::validator, KeyPurpose::issuer, KeyPurpose::transport, KeyPurpose::channel}) {
        if (name == name_of(purpose)) return purpose;
    }
    return Error{
        Errc::unsupported,
        "\"" + std::string(name) + "\" is not a purpose of a key; expected validator, issuer, transport or channel"};
}

}  // namespace xinlian::node
