// A report that auditors put their names to (审计封签): the report's JSON in JCS form (RFC 8785), signed by one auditor
// and then by others. A seal shows that the holder of a key stands by exactly this report; what the report says still
// rests on the audit.
#pragma once

#include <string>
#include <vector>

#include "crypto/key.hpp"

namespace xinlian::node {

inline constexpr std::size_t sealed_bytes_max = 64u << 20;  // of the file, and of the report in it
inline constexpr std::size_t seals_max = 16;

struct Seal {
    PublicKey key;
    Signature signature;  // over sealing_bytes
};

struct SealedReport {
    std::string report;  // JCS
    Hash chain_id;       // as the report names it
    std::vector<Seal> seals{};
};

// "xinlian/v1/audit-report" || chain id || the report.
Bytes sealing_bytes(const SealedReport& sealed);

// A report as the auditor's commands print it, or one that is sealed already. Errc::malformed if it is neither,
// Errc::too_large.
Result<SealedReport> parse_report(std::string_view text);
std::string print_sealed(const SealedReport& sealed);

// Errc::conflict if this key has sealed it already, Errc::too_large if there is no room.
Status add_seal(SealedReport& sealed, const SecretKey& key);
// There are seals, of different keys, and all hold. Errc::invalid names the key of the first that does not.
Status check(const SealedReport& sealed);

}  // namespace xinlian::node
