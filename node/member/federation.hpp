// Creates a federation: a folder with keys for each member, the genesis file that contains them, and the addresses of
// the peers.
//
// All keys are made on one machine. This suits a trial, or a founding ceremony after which the folders are carried to
// their owners and destroyed on this machine.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "crypto/key.hpp"
#include "ledger/entry/genesis.hpp"

namespace xinlian::node {

struct FederationPlan {
    std::string out;                     // created if absent; must be empty
    std::vector<std::string> members;    // validators and issuers
    std::vector<std::string> observers;  // full nodes without a vote
    std::vector<std::string> bureaus;    // they submit grants and queries through another member's node
    Suite suite = Suite::ed25519_sha256;
    std::string name = "长三角征信链";
    Time time;  // of the genesis block
    std::string host = "127.0.0.1";
    std::uint16_t base_port = 8300;      // the n-th member listens on base_port + n for peers
    std::uint16_t api_base_port = 8310;  // and on api_base_port + n for clients
    Protection protection = Protection::passphrase;
    std::string passphrase;
};

// "上海市公共信用信息中心" for 310000; the id itself for a member without a built-in name.
std::string name_of_member(std::string_view id);

// One folder per member (node/member/member_files.hpp) and genesis.json beside them, all synced. After an error nothing
// is left behind. Errc::conflict if `out` is not empty, Errc::invalid for an invalid plan.
Result<ledger::Genesis> create_federation(const FederationPlan& plan);

}  // namespace xinlian::node
