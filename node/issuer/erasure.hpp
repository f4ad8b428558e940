// The certificate of an erasure (擦除证明): it states which digests can no longer be opened, since when and why. It is
// signed by the issuer and contains the proof that the erasure is on the ledger. It is verified offline, with the
// genesis file alone. Bytes: docs/encoding.md.
#pragma once

#include "ledger/proof/verify.hpp"

namespace xinlian::node {

inline constexpr std::string_view erasure_format = "xinlian-erasure/1";
inline constexpr std::size_t erasure_file_bytes_max = 8u << 20;
inline constexpr std::size_t erasure_versions_max = 10'000;

struct ErasureCertificate {
    struct Version {
        std::uint32_t version = 0;
        Hash digest;
        bool operator==(const Version&) const = default;
    };
    Hash chain_id;
    std::string issuer;  // member id
    Hash record;
    std::vector<Version> versions;  // all versions that the issuer had, ascending
    ledger::Date day = ledger::date_none;
    std::string reason;
    Hash destroyed_key;  // id of the vault key that would open the record in backups
    Bytes proof;         // file of a record proof
    Signature signature{};
    bool operator==(const ErasureCertificate&) const = default;
};

// The bytes to sign: "xinlian/v1/erasure" ‖ chain id ‖ hash of the JCS form without the signature.
Bytes erasure_signing_bytes(Suite suite, const ErasureCertificate& certificate);
std::string print_erasure(const ErasureCertificate& certificate);  // JCS and a line feed
// Errc::malformed, Errc::too_large, Errc::unsupported (another format).
Result<ErasureCertificate> parse_erasure(std::string_view text);
bool looks_like_erasure(ByteView first_bytes);  // true for JSON, which no proof file is

// Verifies the certificate and returns what its proof establishes about the record. Errc::invalid names the first check
// that failed; Errc::unsupported means that it could not be verified.
Result<ledger::Finding> check_erasure(const ledger::Genesis& genesis, const ErasureCertificate& certificate);

}  // namespace xinlian::node
