// What the auditor's commands share (cli_audit.cpp, cli_audit_reviews.cpp, cli_seal.cpp).
#pragma once

#include <memory>

#include "node/audit/report.hpp"
#include "node/audit/signed_report.hpp"
#include "node/cli/cli.hpp"

namespace xinlian::node {

struct AuditOptions {
    std::string folder, genesis, report;
    std::string key;  // of an auditor, to seal the report with
};
enum class ReportForm : unsigned char { none, text, json, page };

// FOLDER, --genesis, --report
void add_audit_options(CLI::App& command, const Cli& cli, AuditOptions& options);
// The report's form follows from its name. It must not lie in the folder, which stays as it is.
Result<ReportForm> report_form(const AuditOptions& options);

struct Trust {
    ledger::Genesis genesis;
    bool from_copy = false;
};
// The genesis file named, else the copy's own, else ./genesis.json.
Result<Trust> trusted_genesis(const AuditOptions& options);
// The whole audit, with a progress bar and with what the review wants to see; an empty review sees nothing.
Result<DataAudit> audited(const Cli& cli, const AuditOptions& options, const Trust& trust, const Review& review);
// Says why nothing can be told; the exit code.
int cannot_tell(const Cli& cli, const Error& why);

// With the key in the file, which must be of purpose issuer; asks for its passphrase.
Status seal_with(const Cli& cli, SealedReport& sealed, const std::string& key_file);
// Whose seals are there: they hold. `file` is where.
void print_seals(const Cli& cli, const SealedReport& sealed, const std::string& file);

void add_audit_seal(CLI::App& audit, Cli& cli);     // cli_seal.cpp
void add_audit_reviews(CLI::App& audit, Cli& cli);  // cli_audit_reviews.cpp

}  // namespace xinlian::node
