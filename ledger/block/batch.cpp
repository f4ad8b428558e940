#include "ledger/block/batch.hpp"

#include <algorithm>

#include "crypto/merkle_log.hpp"

namespace xinlian::ledger {

namespace {

// Root over the concatenated encodings of the entries.
Hash root_over(Suite suite, ByteView encoded_entries) {
    std::vector<Hash> leaves;
    leaves.reserve(encoded_entries.size() / entry_bytes);
    for (std::size_t at = 0; at < encoded_entries.size(); at += entry_bytes) {
        leaves.push_back(log_leaf_hash(suite, encoded_entries.subspan(at, entry_bytes)));
    }
    return log_root_of(suite, leaves);
}

Result<const Member*> issuer_named(const Genesis& genesis, std::string_view id) {
    const Member* member = genesis.member(id);
    if (member == nullptr) return Error{Errc::unknown_key, "the batch's issuer is not a member of this federation"};
    if (!member->roles.writes()) {
        return Error{Errc::unknown_key,
                     "member " + member->id + " has neither the role issuer nor bureau in the genesis file"};
    }
    return member;
}

Status check_header(const Genesis& genesis, const BatchHeader& header) {
    if (header.chain_id != genesis.chain_id()) return invalid("the batch belongs to another chain");
    if (header.sequence == 0) return invalid("the batch has sequence number 0; a feed starts at 1");
    if (header.sequence == 1 && !header.previous.is_zero()) {
        return invalid("the first batch of a feed names a previous batch");
    }
    if (header.sequence > 1 && header.previous.is_zero()) {
        return invalid("batch " + std::to_string(header.sequence) + " names no previous batch");
    }
    return {};
}

Status check_entries(const Genesis& genesis, std::span<const Entry> entries) {
    if (entries.empty()) return invalid("the batch has no entries");
    if (entries.size() > genesis.parameters().batch_entries_max) {
        return Error{Errc::too_large, "the batch has " + std::to_string(entries.size()) + " entries; at most " +
                                          std::to_string(genesis.parameters().batch_entries_max) + " are allowed"};
    }
    std::vector<const Hash*> ids;
    ids.reserve(entries.size());
    for (const Entry& entry : entries) {
        if (auto status = check(entry); !status) {
            return within("entry " + std::to_string(ids.size()), std::move(status).error());
        }
        ids.push_back(&entry.record);
    }
    std::sort(ids.begin(), ids.end(), [](const Hash* a, const Hash* b) { return *a < *b; });
    const auto twice =
        std::adjacent_find(ids.begin(), ids.end(), [](const Hash* a, const Hash* b) { return *a == *b; });
    if (twice != ids.end()) {
        return invalid("record " + (*twice)->hex() + " appears twice; put the second change into a later batch");
    }
    return {};
}

// A batch with a resolution contains only its entry.
Result<std::optional<ParsedResolution>> check_resolutions(const Genesis& genesis, const Batch& batch) {
    const auto is_resolve = [](const Entry& entry) { return entry.operation == Operation::resolve; };
    const bool any = std::any_of(batch.entries.begin(), batch.entries.end(), is_resolve);
    if (!any && batch.resolutions.empty()) return std::optional<ParsedResolution>();
    if (batch.entries.size() != 1 || batch.resolutions.size() != 1 || !any) {
        return invalid("a batch with a resolution must contain one entry and one text, and nothing else");
    }
    XL_TRY(ParsedResolution parsed, check_resolution(genesis, batch.resolutions[0]));
    if (batch.entries[0] == entry_of(genesis.suite(), parsed, batch.resolutions[0]))
        return std::optional(std::move(parsed));
    return invalid("the entry does not match the resolution in its batch");
}

Status check_size(const Genesis& genesis, std::size_t bytes) {
    const std::size_t bytes_max = genesis.parameters().block_body_bytes_max;
    if (bytes <= bytes_max) return {};
    return Error{Errc::too_large, "the batch has " + std::to_string(bytes) + " bytes; a block has at most " +
                                      std::to_string(bytes_max) + "; split the batch"};
}

}  // namespace

Hash batch_id(Suite suite, const BatchHeader& header) {
    const Bytes encoded = encode(header);
    return tagged_hash(suite, "xinlian/v1/batch", {encoded});
}

Bytes batch_signing_bytes(const Hash& chain_id, const Hash& batch_id) {
    Bytes bytes = to_bytes("xinlian/v1/batch-signature");
    bytes.insert(bytes.end(), chain_id.bytes.begin(), chain_id.bytes.end());
    bytes.insert(bytes.end(), batch_id.bytes.begin(), batch_id.bytes.end());
    return bytes;
}

Entry entry_of(Suite suite, const ParsedResolution& parsed, const SignedRules& resolution) {
    Entry entry;
    entry.operation = Operation::resolve;
    entry.category = Category::any;
    entry.record = resolution_id(suite, resolution.text);
    entry.version = parsed.number;
    entry.digest = resolution_digest(suite, resolution);
    return entry;
}

Result<Batch> make_batch(const Genesis& genesis, std::string_view issuer, std::uint64_t sequence, const Hash& previous,
                         std::vector<Entry> entries, const SecretKey& key, std::uint64_t nonce,
                         std::vector<SignedRules> resolutions) {
    XL_TRY(const Member* const member, issuer_named(genesis, issuer));
    if (member->issuer_key != key.public_key()) {
        return Error{Errc::unknown_key, "the key is not the issuer key of " + member->id + " in the genesis file"};
    }
    XL_TRY_STATUS(check_entries(genesis, entries));
    Batch batch;
    const auto count = static_cast<std::uint32_t>(entries.size());
    batch.header = {genesis.chain_id(), member->id, sequence, previous, count, {}, nonce};
    XL_TRY_STATUS(check_header(genesis, batch.header));

    Writer writer;
    writer.reserve(entries.size() * entry_bytes);
    for (const Entry& entry : entries) writer(entry);
    batch.header.entries_root = root_over(genesis.suite(), writer.take());
    batch.entries = std::move(entries);
    batch.resolutions = std::move(resolutions);
    if (const auto parsed = check_resolutions(genesis, batch); !parsed) return parsed.error();
    batch.signature = key.sign(batch_signing_bytes(genesis.chain_id(), batch_id(genesis.suite(), batch.header)));
    std::size_t bytes = entries_offset(member->id) + batch.entries.size() * entry_bytes + 4;
    for (const SignedRules& rules : batch.resolutions) bytes += encode(rules).size();
    XL_TRY_STATUS(check_size(genesis, bytes));
    return batch;
}

Result<BatchPtr> check_batch(const Genesis& genesis, Bytes encoded) {
    XL_TRY_STATUS(check_size(genesis, encoded.size()));
    XL_TRY(Batch batch, decode<Batch>(encoded));
    XL_TRY_STATUS(check_header(genesis, batch.header));
    XL_TRY(const Member* const member, issuer_named(genesis, batch.header.issuer));
    if (batch.header.entry_count != batch.entries.size()) {
        return invalid("the batch's header counts " + std::to_string(batch.header.entry_count) + " entries; it has " +
                       std::to_string(batch.entries.size()));
    }
    XL_TRY_STATUS(check_entries(genesis, batch.entries));

    // The encoding is canonical and contains the encoded entries, so that they need not be encoded again.
    const ByteView written = ByteView(encoded).subspan(entries_offset(member->id), batch.entries.size() * entry_bytes);
    if (batch.header.entries_root != root_over(genesis.suite(), written)) {
        return invalid("the batch's header does not match its entries");
    }
    XL_TRY(std::optional<ParsedResolution> parsed, check_resolutions(genesis, batch));
    const Hash id = batch_id(genesis.suite(), batch.header);
    if (!verify(member->issuer_key, batch_signing_bytes(genesis.chain_id(), id), batch.signature)) {
        return invalid("the batch's signature is not valid for the issuer key of " + member->id);
    }
    return BatchPtr(std::make_shared<const CheckedBatch>(
        CheckedBatch{std::move(batch), id, std::move(encoded), std::move(parsed)}));
}

}  // namespace xinlian::ledger
