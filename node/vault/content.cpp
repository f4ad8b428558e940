// What a vault seals: contents under content keys, content keys under the vault key.
#include "crypto/random.hpp"
#include "node/vault/state.hpp"

namespace xinlian::node {

namespace {

Bytes about_key(const Hash& record) {
    Writer about;
    about.raw(as_bytes("xinlian/v1/content-key"));
    about(record);
    return about.take();
}

// Associated data, so that a row's content opens only in its own row.
Bytes about_content(const VaultRecord& record) {
    Writer about;
    about.raw(as_bytes("xinlian/v1/vault-content"));
    about(record.id, record.version, record.digest);
    return about.take();
}

const ByteView about_lookup = as_bytes("xinlian/v1/document-lookup");

Error corrupt(const std::string& what, const Error& why) {
    return {Errc::corrupt, "vault: " + what + ": " + why.text + "; restore the vault and its key file from a backup"};
}

}  // namespace

Bytes VaultKeys::wrap(const Hash& record, const Secret& content_key) const {
    return secretbox(vault.secret, about_key(record), content_key.view());
}

Result<Secret> VaultKeys::unwrap(const Hash& record, ByteView wrapped) const {
    auto key = open_secretbox_of_secret(vault.secret, about_key(record), wrapped);
    if (!key) return corrupt("the content key of record " + record.hex(), key.error());
    return key;
}

Bytes VaultKeys::wrapped_lookup() const { return secretbox(vault.secret, about_lookup, lookup.view()); }

Result<Secret> VaultKeys::unwrap_lookup(ByteView wrapped) const {
    auto key = open_secretbox_of_secret(vault.secret, about_lookup, wrapped);
    if (!key) return corrupt("the key for document numbers", key.error());
    return key;
}

Hash VaultKeys::tag_of_document(const ledger::DocumentNumber& document) const {
    return keyed_hash(Suite::ed25519_sha256, lookup.view(), {as_bytes(document.text())});
}

Bytes seal_content(const Secret& content_key, const VaultRecord& record) {
    return secretbox(content_key, about_content(record),
                     encode(VaultContent{record.canonical, record.salt, record.document, record.sealed}));
}

Status unseal_content(const Secret& content_key, ByteView sealed, VaultRecord& record) {
    const auto plain = open_secretbox(content_key, about_content(record), sealed);
    if (!plain) return corrupt("record " + record.id.hex(), plain.error());
    auto content = decode<VaultContent>(*plain);
    if (!content) return corrupt("record " + record.id.hex(), content.error());
    record.canonical = std::move(content->canonical);
    record.salt = content->salt;
    record.document = std::move(content->document);
    record.sealed = std::move(content->personal);
    return {};
}

Result<Secret> Vault::State::key_for(const VaultRecord& row) {
    if (row.version > 0) {  // a record begins with version 0
        SqlUse use(content_key);
        XL_TRY(const bool found, use.blob(row.id.view()).step("look for a content key"));
        if (found) return keys.unwrap(row.id, use.blob_at(0));
    }
    Secret fresh(random_hash());
    const Bytes wrapped = keys.wrap(row.id, fresh);
    SqlUse adding(add_content_key);
    XL_TRY_STATUS(adding.blob(row.id.view()).blob(wrapped).run("add a content key"));
    return fresh;
}

Status Vault::State::insert(const VaultRecord& row) {
    XL_TRY(const Secret key, key_for(row));
    const Bytes content = seal_content(key, row);
    XL_TRY(const ledger::DocumentNumber document, ledger::DocumentNumber::parse(row.document));
    const Hash tag = keys.tag_of_document(document);
    SqlUse use(add_record);
    use.blob(row.id.view()).number(row.version).number(static_cast<std::uint64_t>(row.category));
    use.blob(row.subject.view()).blob(row.digest.view()).blob(tag.view()).number(row.batch).number(row.position);
    use.number(static_cast<std::uint64_t>(row.file)).number(row.row).blob(content);
    return use.run("add a record");
}

Result<VaultRecord> Vault::State::read_record(const SqlUse& use) {
    VaultRecord record;
    XL_TRY(record.id, use.hash_at(0));
    record.version = static_cast<std::uint32_t>(use.number_at(1));
    record.category = static_cast<ledger::Category>(use.number_at(2));
    if (!is_of_record(record.category))
        return Error{Errc::corrupt, "vault: a record has an unknown category; restore the vault from a backup"};
    XL_TRY(record.subject, use.hash_at(3));
    XL_TRY(record.digest, use.hash_at(4));
    record.batch = use.number_at(5);
    record.position = static_cast<std::uint32_t>(use.number_at(6));
    record.file = static_cast<std::int64_t>(use.number_at(7));
    record.row = use.number_at(8);
    const auto day = static_cast<ledger::Date>(use.number_at(11));
    if (day != ledger::date_none) {
        record.erased = day;
        return record;
    }
    XL_TRY(const Secret key, keys.unwrap(record.id, use.blob_at(10)));
    XL_TRY_STATUS(unseal_content(key, use.blob_at(9), record));
    return record;
}

}  // namespace xinlian::node
