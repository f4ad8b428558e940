// The genesis file: the members with their roles, the suite and the limits. Its hash in JCS form (RFC 8785) is the
// chain id. The file is the trust root of a verifier.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "crypto/committee.hpp"
#include "ledger/entry/member.hpp"

namespace xinlian::ledger {

inline constexpr std::size_t genesis_bytes_max = 1 << 20;

class Genesis {
public:
    // Parses and checks the whole file. An unknown name is an error that suggests the nearest known one.
    // Errc::malformed, Errc::invalid.
    static Result<Genesis> parse(std::string_view json);
    static Result<Genesis> load(const std::string& path);  // also Errc::not_found, Errc::too_large

    const Hash& chain_id() const { return chain_id_; }
    std::string fingerprint() const;  // first 10 bytes of the chain id in groups of four hex digits, for reading aloud
    const std::string& name() const { return name_; }
    Suite suite() const { return suite_; }
    Time time() const { return time_; }
    const std::vector<Member>& members() const { return members_; }  // sorted by id
    const Member* member(std::string_view id) const;                 // nullptr if there is none
    const Member* member_at(std::size_t number) const;  // by its position in members(); nullptr if out of range
    std::size_t number_of(const Member& member) const;  // its position; `member` is one of members()
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
