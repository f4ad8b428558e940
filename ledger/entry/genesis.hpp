// The genesis file: who the members are, what they may do, which suite and limits hold. Its hash in JCS form (RFC 8785)
// is the chain id; whoever holds the file holds the trust root.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "crypto/committee.hpp"
#include "crypto/key.hpp"
#include "crypto/time.hpp"

namespace xinlian::ledger {

inline constexpr std::size_t member_id_bytes_max = 24;  // division code, with an optional suffix: "310000", "320500-b"
inline constexpr std::size_t genesis_bytes_max = 1 << 20;
inline constexpr std::size_t members_max = 1024;

// Digits of a six-digit division code, then optionally '-' and lower-case letters, digits; never pinyin.
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
    std::string name;  // for people, UTF-8, e.g. "上海市公共信用信息服务中心"
    Roles roles;
    PublicKey validator_key;  // meaningful if roles.validator
    PublicKey issuer_key;     // meaningful if roles.issuer or roles.bureau: signs the member's batches
    PublicKey
        transport_key;  // always Ed25519: the key of the member's TLS certificate (OpenSSL 3.0 has no SM2 in TLS 1.3)
};

// Named limits every node must agree on. Ranges are checked when the file is read. A resolution may set others for the
// blocks from a height on (ledger/rules/rulebook.hpp).
struct Parameters {
    std::uint32_t batch_entries_max = 10'000;      // 1 … 20,000
    std::uint32_t block_batches_max = 512;         // 1 … 1,024
    std::uint32_t block_body_bytes_max = 4 << 20;  // 64 KiB … 8 MiB: sum of the encoded batches of a block
    Duration block_interval_min{20};               // 0 … 10,000 ms between a parent's time and its child's proposal
    Duration clock_ahead_max{5'000};               // 100 … 600,000 ms a block's time may be ahead of a voter's clock
    Duration heartbeat{60'000};                    // 1,000 … 3,600,000 ms: an idle federation still makes a block
    Duration view_timeout{1'000};  // 100 … 60,000 ms: the first timeout of a view (T0 in docs/protocol.md)
    bool operator==(const Parameters&) const = default;
};

class Genesis {
public:
    // Parses and checks everything (unknown names are refused, with the nearest known one). Errc::malformed,
    // Errc::invalid.
    static Result<Genesis> parse(std::string_view json);
    static Result<Genesis> load(const std::string& path);  // also Errc::not_found, Errc::too_large

    const Hash& chain_id() const { return chain_id_; }
    std::string fingerprint() const;  // first 10 bytes of the chain id in groups of four hex digits, for reading aloud
    const std::string& name() const { return name_; }
    Suite suite() const { return suite_; }
    Time time() const { return time_; }
    const std::vector<Member>& members() const { return members_; }  // sorted by id
    const Member* member(std::string_view id) const;                 // nullptr if there is none
    const Member* member_at(std::size_t number) const;               // by its place in members(); nullptr beyond
    std::size_t number_of(const Member& member) const;               // its place; `member` is one of members()
    const Committee& committee() const { return committee_; }
    const Member& validator(MemberIndex index) const;
    std::optional<MemberIndex> validator_index(std::string_view id) const;
    const Parameters& parameters() const { return parameters_; }
    const std::string& text() const { return text_; }  // JCS form

private:
    Genesis(Committee committee) : committee_(std::move(committee)) {}
    void index_validators();
    std::string text_;
    Hash chain_id_;
    std::string name_;
    Suite suite_ = Suite::ed25519_sha256;
    Time time_;
    std::vector<Member> members_;
    Committee committee_;
    std::vector<std::size_t> validators_;  // position in members_ of each committee member
    Parameters parameters_;
};

// The file's text for these members (pretty-printed; the chain id does not depend on the layout).
std::string print_genesis(std::string_view name, Suite suite, Time time, const std::vector<Member>& members,
                          const Parameters& parameters);

}  // namespace xinlian::ledger
