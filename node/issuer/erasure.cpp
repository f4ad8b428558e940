#include "node/issuer/erasure.hpp"

#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "crypto/jcs.hpp"

namespace xinlian::node {

namespace {

namespace json = boost::json;

Error malformed(const std::string& what) { return Error{Errc::malformed, "erasure certificate: " + what}; }
Error broken(const std::string& what) { return Error{Errc::invalid, "erasure certificate: " + what}; }

json::object body_of(const ErasureCertificate& certificate) {
    json::array versions;
    for (const auto& each : certificate.versions) {
        versions.push_back(json::object{{"version", each.version}, {"digest", each.digest.hex()}});
    }
    return {{"format", erasure_format},
            {"chain", certificate.chain_id.hex()},
            {"issuer", certificate.issuer},
            {"record", certificate.record.hex()},
            {"versions", std::move(versions)},
            {"day", ledger::date_text(certificate.day)},
            {"reason", certificate.reason},
            {"destroyed_key", certificate.destroyed_key.hex()},
            {"proof", to_base64(certificate.proof)}};
}

std::string canonical(const json::object& object) {
    auto text = jcs(json::serialize(object));
    XL_CHECK(text.ok());  // texts were checked to be UTF-8 on input
    return *std::move(text);
}

Result<std::string> text_of(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(name);
    if (value == nullptr || !value->is_string()) return malformed("\"" + std::string(name) + "\" must be a string");
    return std::string(value->get_string().c_str(), value->get_string().size());
}

Result<Hash> hash_of(const json::object& object, std::string_view name) {
    XL_TRY(const std::string text, text_of(object, name));
    return hash_from_hex(text);
}

Result<std::vector<ErasureCertificate::Version>> versions_of(const json::object& object) {
    const json::value* list = object.if_contains("versions");
    if (list == nullptr || !list->is_array()) return malformed("\"versions\" must be a list");
    if (list->get_array().size() > erasure_versions_max) {
        return Error{Errc::too_large,
                     "erasure certificate: more than " + std::to_string(erasure_versions_max) + " versions"};
    }
    std::vector<ErasureCertificate::Version> versions;
    for (const json::value& each : list->get_array()) {
        if (!each.is_object() || each.get_object().size() != 2)
            return malformed("a version must have a number and a digest");
        const json::value* number = each.get_object().if_contains("version");
        json::error_code error;
        ErasureCertificate::Version version;
        if (number != nullptr) version.version = number->to_number<std::uint32_t>(error);
        if (number == nullptr || error) return malformed("a version has no number");
        XL_TRY(version.digest, hash_of(each.get_object(), "digest"));
        versions.push_back(version);
    }
    return versions;
}

Result<ErasureCertificate> read(const json::object& object) {
    XL_TRY(const std::string format, text_of(object, "format"));
    if (format != erasure_format) {
        return Error{Errc::unsupported,
                     "format \"" + format + "\" is unknown; this program reads " + std::string(erasure_format)};
    }
    ErasureCertificate read;
    XL_TRY(read.chain_id, hash_of(object, "chain"));
    XL_TRY(read.issuer, text_of(object, "issuer"));
    XL_TRY(read.record, hash_of(object, "record"));
    XL_TRY(read.versions, versions_of(object));
    XL_TRY(const std::string day, text_of(object, "day"));
    XL_TRY(read.day, ledger::date_from_iso(day));
    XL_TRY(read.reason, text_of(object, "reason"));
    XL_TRY(read.destroyed_key, hash_of(object, "destroyed_key"));
    XL_TRY(const std::string proof, text_of(object, "proof"));
    XL_TRY(read.proof, from_base64(proof));
    XL_TRY(const std::string signature, text_of(object, "signature"));
    XL_TRY(const Bytes bytes, from_base64(signature));
    if (bytes.size() != read.signature.bytes.size()) return malformed("a signature must have 64 bytes");
    std::copy(bytes.begin(), bytes.end(), read.signature.bytes.begin());
    return read;
}

// Compares the record's proven state with the certificate.
Status check_state(const ErasureCertificate& certificate, const ledger::Finding& finding) {
    const auto* record = std::get_if<ledger::RecordFinding>(&finding.what);
    if (record == nullptr || record->id != certificate.record || !record->state) {
        return broken("its proof is about another record");
    }
    const ledger::RecordState& state = *record->state;
    if (state.issuer != certificate.issuer) return broken("the record belongs to " + state.issuer);
    if (!state.life || !state.life->erased) return broken("the proof does not show that the record was erased");
    if (state.life->erased->day != certificate.day) {
        return broken("the proof shows that the record was erased on " + ledger::date_text(state.life->erased->day));
    }
    const auto& versions = certificate.versions;
    const auto not_above = [](const auto& a, const auto& b) { return a.version >= b.version; };
    if (versions.empty() || std::adjacent_find(versions.begin(), versions.end(), not_above) != versions.end()) {
        return broken("its versions are not in ascending order");
    }
    const ErasureCertificate::Version latest{state.entry.version, state.entry.digest};
    if (state.entry.operation != ledger::Operation::remove && versions.back() != latest) {
        return broken("its last version differs from the version of the record on the ledger");
    }
    return {};
}

}  // namespace

Bytes erasure_signing_bytes(Suite suite, const ErasureCertificate& certificate) {
    Bytes bytes = to_bytes("xinlian/v1/erasure");
    bytes.insert(bytes.end(), certificate.chain_id.bytes.begin(), certificate.chain_id.bytes.end());
    const Hash body = hash(suite, as_bytes(canonical(body_of(certificate))));
    bytes.insert(bytes.end(), body.bytes.begin(), body.bytes.end());
    return bytes;
}

std::string print_erasure(const ErasureCertificate& certificate) {
    json::object object = body_of(certificate);
    object["signature"] = to_base64(certificate.signature.bytes);
    return canonical(object) + "\n";
}

Result<ErasureCertificate> parse_erasure(std::string_view text) {
    if (text.size() > erasure_file_bytes_max)
        return Error{Errc::too_large, "the erasure certificate is larger than 8 MiB"};
    const auto form = jcs(text);
    if (!form) return within("erasure certificate", Error(form.error()));
    json::error_code error;
    json::parse_options options;
    options.max_depth = 4;
    const json::value root = json::parse(text, error, {}, options);
    if (error || !root.is_object()) return malformed("not a JSON object");
    auto certificate = read(root.get_object());
    if (!certificate) return within("erasure certificate", std::move(certificate).error());
    // Only the canonical form is accepted, so that the file contains no unsigned data.
    if (print_erasure(*certificate) != text) return malformed("not in canonical form, or with unknown members");
    return certificate;
}

bool looks_like_erasure(ByteView first_bytes) { return !first_bytes.empty() && first_bytes.front() == '{'; }

Result<ledger::Finding> check_erasure(const ledger::Genesis& genesis, const ErasureCertificate& certificate) {
    if (certificate.chain_id != genesis.chain_id()) return broken("it belongs to another federation");
    const ledger::Member* member = genesis.member(certificate.issuer);
    if (member == nullptr || !member->roles.writes()) {  // may be an issuer by resolution: the proof decides
        return broken("\"" + certificate.issuer + "\" is not an issuer of this federation");
    }
    const Bytes message = erasure_signing_bytes(genesis.suite(), certificate);
    if (!verify(member->issuer_key, message, certificate.signature)) {
        return broken("the signature is not valid for the issuer key of " + member->id);
    }
    XL_TRY(const ledger::Proof proof, ledger::parse_proof(certificate.proof));
    XL_TRY(ledger::Finding finding, ledger::verify_proof(genesis, proof));
    XL_TRY_STATUS(check_state(certificate, finding));
    return finding;
}

}  // namespace xinlian::node
