// Makes a federation: every member's folder with its keys, the genesis file that names them, and how to find the
// others.
//
// All keys are made on one machine, which suits a trial, or a founding ceremony whose folders are then carried to their
// owners and destroyed here.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "crypto/key.hpp"
#include "ledger/entry/genesis.hpp"

namespace xinlian::node {

struct FederationPlan {
    std::string out;                     // made if absent; must be empty
    std::vector<std::string> members;    // validators and issuers
    std::vector<std::string> observers;  // full nodes without a vote
    std::vector<std::string> bureaus;    // grants and queries, through another member's node
    Suite suite = Suite::ed25519_sha256;
    std::string name = "长三角征信链";
    Time time;  // of the genesis block
    std::string host = "127.0.0.1";
    std::uint16_t base_port = 8300;      // the n-th member listens on base_port + n for peers
    std::uint16_t api_base_port = 8310;  // and on api_base_port + n for clients
    Protection protection = Protection::passphrase;
    std::string passphrase;
};

// "上海市公共信用信息中心" for 310000; the id itself for a member this program has no name for.
std::string name_of_member(std::string_view id);

// One folder per member (node/member/member_files.hpp) and genesis.json beside them, all synced. On refusal nothing is
// left behind. Errc::conflict if `out` is not empty, Errc::invalid for a plan that cannot be.
Result<ledger::Genesis> create_federation(const FederationPlan& plan);

}  // namespace xinlian::node
