// Shared by the commands about proofs (node/cli/prove.cpp, portfolio.cpp, verify.cpp, evidence.cpp, erase.cpp).
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "node/cli/arguments.hpp"
#include "node/client/fetch_proof.hpp"
#include "node/wording/sentence.hpp"

namespace xinlian::node {

inline constexpr Duration proof_deadline{30'000};

struct ProveOptions {
    std::string folder = ".", genesis, node, out;
    std::string hex, member, subjects;
    SubjectArgument subject;
    DocumentArgument document;
    std::uint64_t index = 0, last = 0;
    std::uint16_t channel = 0;
    std::vector<std::string> open;
};

void add_node_options(Command command, const Cli& cli, ProveOptions& options);     // --folder, --node
std::shared_ptr<ProveOptions> add_prove_options(Command command, const Cli& cli);  // the same, --out, --genesis
// The given genesis file, or the folder's.
Result<ledger::Genesis> genesis_of(const ProveOptions& options);
// The given node, or the node of the member that owns the folder.
Result<std::string> node_url(const ProveOptions& options);
// The newest key of the channel's subject tags in a member's folder. Prompts for its passphrase.
Result<Hash> open_channel_key(const Cli& cli, const std::string& folder, std::uint16_t channel);
void add_channel_option(Command command, const Cli& cli, std::uint16_t& channel);

// Makes a command's question, given the genesis file.
using MakeQuestion = std::function<Result<Question>(const ledger::Genesis&)>;
// Sets up the command: it asks a node, verifies the proof, writes it and prints what it shows.
void run_prove(Command command, Cli& cli, const std::shared_ptr<ProveOptions>& options, const MakeQuestion& question);

// Prints a verified proof on standard output. `out` is the path that it was written to, or empty.
void print_checked(const Cli& cli, const ledger::Genesis& genesis, const CheckedProof& checked, ReadContext reader,
                   const std::string& out);
// Prints the reason of a refusal on standard output; returns the exit code.
int print_refused(const Cli& cli, Outcome outcome, const std::string& reason);

void add_evidence_commands(Command app, Cli& cli);  // node/cli/evidence.cpp
void add_prove_portfolio(Command prove, Cli& cli);  // node/cli/portfolio.cpp
// The part of `verify` for portfolio files.
struct VerifyPortfolioOptions {
    std::string file, genesis, subjects, folder, out;
    std::uint16_t channel = 0;
};
int verify_portfolio_file(const Cli& cli, const VerifyPortfolioOptions& options);
// node/cli/erase.cpp
int verify_erasure_file(const Cli& cli, const std::string& path, const std::string& genesis_path);
void add_verify_command(Command app, Cli& cli);  // node/cli/verify.cpp

}  // namespace xinlian::node
