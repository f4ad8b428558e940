#include "node/issuer/open_keys.hpp"

#include "node/client/node_client.hpp"
#include "node/member/channel_keys.hpp"
#include "node/member/config.hpp"
#include "node/wording/words.hpp"

namespace xinlian::node {

Result<Keys> open_keys(const MemberFiles& files, const std::string& as, std::uint16_t channel_number) {
    XL_TRY(ledger::Genesis genesis, ledger::Genesis::load(files.genesis()));
    XL_TRY(const KeyFile about, describe_key_file(files.key("issuer")));
    if (!as.empty() && as != about.owner) {
        return Error{Errc::conflict, "--as " + as + ", but the issuer key in " + files.folder + " belongs to " +
                                         about.owner + "; choose that member's folder with --folder"};
    }
    std::string passphrase;
    if (needs_passphrase(files.key("issuer"))) {
        XL_TRY(passphrase, read_passphrase("issuer key of " + about.owner));
    }
    XL_TRY(SecretKey key, open_key_file(files.key("issuer"), KeyPurpose::issuer, passphrase));
    XL_TRY(const std::string channel_path, newest_channel_key(files, channel_number));
    XL_TRY(const Hash channel, open_key_file_secret(channel_path, KeyPurpose::channel, passphrase));
    XL_TRY(const Hash record, open_key_file_secret(files.key("record"), KeyPurpose::channel, passphrase));
    const Protection protection =
        needs_passphrase(files.key("issuer")) ? Protection::passphrase : Protection::unprotected;
    VaultKeyPlace vault{files.key("vault"), about.suite, about.owner, protection, std::move(passphrase)};
    return Keys{std::move(genesis), about.owner, std::move(key), channel, record, channel_number, std::move(vault)};
}

Result<std::unique_ptr<Vault>> open_vault_to_read(const ledger::Genesis& genesis, const MemberFiles& files) {
    XL_TRY(const KeyFile issuer, describe_key_file(files.key("issuer")));
    VaultKeyPlace place{files.key("vault"), issuer.suite, issuer.owner};
    if (needs_passphrase(place.path) || needs_passphrase(place.next())) {
        XL_TRY(place.passphrase, read_passphrase("vault key of " + issuer.owner));
    }
    return Vault::open(files.vault(), genesis.chain_id(), std::move(place), VaultUse::read);
}

Error refusal_of(const ledger::Entry& entry, const ledger::Receipt& receipt, Language language) {
    const bool zh = language == Language::zh;
    std::string text = words(entry.operation, language) + (zh ? " 未被接受：" : " was refused: ") +
                       std::string(name_of(receipt.outcome.reason)) + (zh ? "，" : ", ") +
                       words(receipt.outcome.reason, language);
    if (receipt.outcome.conflicting_entry)
        text += (zh ? "，见日志条目 " : "; see log entry ") + std::to_string(*receipt.outcome.conflicting_entry);
    return {Errc::conflict, std::move(text)};
}

Result<std::string> node_url_of(const MemberFiles& files, const std::string& named) {
    if (!named.empty()) return named;
    const auto config = load_config(files.config());
    if (!config) {
        if (config.error().code == Errc::not_found) return std::string(default_node_url);
        return config.error();
    }
    // A node that listens on all addresses also listens on the loopback address.
    const std::string& host = config->api_listen.host;
    const bool everywhere = host == "0.0.0.0" || host == "::";
    const std::string shown =
        everywhere ? "127.0.0.1" : (host.find(':') != std::string::npos ? "[" + host + "]" : host);
    return "http://" + shown + ":" + std::to_string(config->api_listen.port);
}

}  // namespace xinlian::node
