// Shared by the auditor's commands (node/cli/audit.cpp, audit_reviews.cpp, audit_seal.cpp).
#pragma once

#include <memory>

#include "node/audit/report.hpp"
#include "node/audit/signed_report.hpp"
#include "node/cli/cli.hpp"

namespace xinlian::node {

struct AuditOptions {
    std::string folder, genesis, report;
    std::string key;  // key of an auditor, to seal the report with
};
enum class ReportForm : unsigned char { none, text, json, page };

// FOLDER, --genesis, --report
void add_audit_options(Command command, const Cli& cli, AuditOptions& options);
// The report's form is derived from its file name. The report must not be in the audited folder, which is not changed.
Result<ReportForm> report_form(const AuditOptions& options);

struct TrustedGenesis {
    ledger::Genesis genesis;
    bool from_copy = false;
};
// The given genesis file, otherwise the copy's own, otherwise ./genesis.json.
Result<TrustedGenesis> trusted_genesis(const AuditOptions& options);
// Runs the whole audit with a progress bar and passes its blocks to the review, which may be empty.
Result<DataAudit> audited(const Cli& cli, const AuditOptions& options, const TrustedGenesis& trust,
                          const Review& review);
// Prints why the audit has no result; returns the exit code.
int print_unknown(const Cli& cli, const Error& why);

// Seals with the key in the file, which must have the purpose issuer. Prompts for its passphrase.
Status seal_with(const Cli& cli, SealedReport& sealed, const std::string& key_file);
// Prints the seals, which are valid, with their owners. `file` is the path of the report.
void print_seals(const Cli& cli, const SealedReport& sealed, const std::string& file);

void add_audit_seal(Command audit, Cli& cli);     // node/cli/audit_seal.cpp
void add_audit_reviews(Command audit, Cli& cli);  // node/cli/audit_reviews.cpp

}  // namespace xinlian::node
