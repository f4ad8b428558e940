// Members of the federation (ids, roles, keys), and the parameters that all members share.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "crypto/key.hpp"
#include "crypto/result.hpp"
#include "crypto/time.hpp"

namespace xinlian::ledger {

inline constexpr std::size_t member_id_bytes_max = 24;  // division code, with an optional suffix: "310000", "320500-b"
inline constexpr std::size_t members_max = 1024;

// A six-digit division code, then optionally '-' and lower-case letters or digits; never pinyin.
Status check_member_id(std::string_view id);

struct Roles {
    bool validator = false;
    bool issuer = false;
    bool bureau = false;
    bool regulator = false;
    bool observer = false;
    bool writes() const { return issuer || bureau; }  // signs batches
    bool operator==(const Roles&) const = default;
};

struct Member {
    std::string id;
    std::string name;  // display name, UTF-8, e.g. "上海市公共信用信息服务中心"
    Roles roles;
    PublicKey validator_key;  // meaningful if roles.validator
    PublicKey issuer_key;     // meaningful if roles.issuer or roles.bureau: signs the member's batches
    PublicKey
        transport_key;  // always Ed25519: the key of the member's TLS certificate (OpenSSL 3.0 has no SM2 in TLS 1.3)
};

// Limits that all nodes must agree on. Ranges are checked when the file is read. A resolution may set other values from
// a height on (ledger/rules/rulebook.hpp).
struct Parameters {
    std::uint32_t batch_entries_max = 10'000;      // 1 … 20,000
    std::uint32_t block_batches_max = 512;         // 1 … 1,024
    std::uint32_t block_body_bytes_max = 4 << 20;  // 64 KiB … 8 MiB: sum of the encoded batches of a block
    Duration block_interval_min{20};               // 0 … 10,000 ms between a parent's time and its child's proposal
    Duration clock_ahead_max{5'000};               // 100 … 600,000 ms a block's time may be ahead of a voter's clock
    Duration heartbeat{60'000};    // 1,000 … 3,600,000 ms: an idle federation makes a block this often
    Duration view_timeout{1'000};  // 100 … 60,000 ms: the first timeout of a view (T0 in docs/protocol.md)
    bool operator==(const Parameters&) const = default;
};

// The position of a member in Genesis::members().
using MemberNumber = std::uint16_t;
inline constexpr MemberNumber nobody = 0xFFFF;

}  // namespace xinlian::ledger
