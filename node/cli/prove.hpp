// What the commands about proofs share (cli_proof.cpp, cli_portfolio.cpp, cli_verify.cpp).
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

void add_node_options(CLI::App& command, const Cli& cli, ProveOptions& options);     // --folder, --node
std::shared_ptr<ProveOptions> add_prove_options(CLI::App& command, const Cli& cli);  // these, --out, --genesis
// The genesis file named, or the folder's.
Result<ledger::Genesis> genesis_of(const ProveOptions& options);
// The node of the member whose folder this is, unless another is named.
Result<std::string> node_url(const ProveOptions& options);
// The key of subject tags in a member's folder; asks for its passphrase.
// (of a channel the newest that is there).
Result<Hash> open_channel_key(const Cli& cli, const std::string& folder, std::uint16_t channel);
void add_channel_option(CLI::App& command, const Cli& cli, std::uint16_t& channel);

// How each command finds out what to ask, given the genesis file.
using MakeQuestion = std::function<Result<Question>(const ledger::Genesis&)>;
// That the command asks a node, verifies the proof, writes it and says what it shows.
void run_prove(CLI::App& command, Cli& cli, const std::shared_ptr<ProveOptions>& options, const MakeQuestion& question);

// A checked proof on standard output; `out` is where it was written, or empty.
void print_checked(const Cli& cli, const ledger::Genesis& genesis, const CheckedProof& checked, Reader reader,
                   const std::string& out);
// Why not, on standard output; gives the exit code back.
int print_refused(const Cli& cli, int exit_code, const std::string& reason);

void add_evidence_commands(CLI::App& app, Cli& cli);  // cli_evidence.cpp
void add_prove_portfolio(CLI::App& prove, Cli& cli);  // cli_portfolio.cpp
// The portfolio half of `verify`.
struct VerifyPortfolioOptions {
    std::string file, genesis, subjects, folder, out;
    std::uint16_t channel = 0;
};
int verify_portfolio_file(const Cli& cli, const VerifyPortfolioOptions& options);
int verify_erasure_file(const Cli& cli, const std::string& path, const std::string& genesis_path);  // cli_erase.cpp
void add_verify_command(CLI::App& app, Cli& cli);                                                   // cli_verify.cpp

}  // namespace xinlian::node
