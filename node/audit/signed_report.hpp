// A report signed by auditors (审计封签): the report's JSON in JCS form (RFC 8785), signed by one auditor and then by
// others. A seal shows that the holder of a key approved exactly this report. The audit remains the evidence for its
// content.
#pragma once

#include <string>
#include <vector>

#include "crypto/key.hpp"

namespace xinlian::node {

inline constexpr std::size_t sealed_bytes_max = 64u << 20;  // limit for the file and for the report in it
inline constexpr std::size_t seals_max = 16;

struct Seal {
    PublicKey key;
    Signature signature;  // over sealing_bytes
};

struct SealedReport {
    std::string report;  // JCS
    Hash chain_id;       // as stated in the report
    std::vector<Seal> seals{};
};

// The bytes to sign: "xinlian/v1/audit-report"
//
// chain id
//
// the report.
Bytes sealing_bytes(const SealedReport& sealed);

// Parses a report as printed by the auditor's commands, or one that is already sealed. Errc::malformed if it is
// neither, Errc::too_large.
Result<SealedReport> parse_report(std::string_view text);
std::string print_sealed(const SealedReport& sealed);

// Errc::conflict if this key has already sealed it, Errc::too_large if there are seals_max seals.
Status add_seal(SealedReport& sealed, const SecretKey& key);
// Checks that there are seals, that their keys are distinct and that all are valid. Errc::invalid names the key of the
// first invalid one.
Status check(const SealedReport& sealed);

}  // namespace xinlian::node
