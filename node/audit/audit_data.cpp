#include "node/audit/audit_data.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "node/storage/journal_file.hpp"

namespace xinlian::node {
namespace {

namespace fs = std::filesystem;
using ledger::Flaw;
using ledger::FlawKind;

struct Places {
    std::string chain;
    std::string journal;  // empty: not in the copy
};

bool is_chain(const fs::path& folder) {
    std::error_code failed;
    if (fs::exists(folder / "CURRENT", failed)) return true;
    for (fs::directory_iterator it(folder, failed), end; !failed && it != end; it.increment(failed)) {
        const std::string name = it->path().filename().string();
        if (name.starts_with("MANIFEST-") || name.ends_with(".ldb")) return true;
    }
    return false;
}

Result<Places> find(const std::string& folder) {
    std::error_code failed;
    for (const char* data : {"data", "."}) {
        const fs::path base = fs::path(folder) / data;
        if (!fs::is_directory(base / "chain", failed)) continue;
        const bool journal = fs::is_directory(base / "journal", failed);
        return Places{(base / "chain").lexically_normal().string(),
                      journal ? (base / "journal").lexically_normal().string() : ""};
    }
    if (is_chain(folder)) return Places{folder, ""};
    return Error{Errc::not_found, "there is no chain in " + folder +
                                      "; give a copy of a member's folder, of its data folder or of data/chain"};
}

// A temporary folder that is removed at the end of its scope.
class Temporary {
public:
    Temporary() {
        std::string made = (fs::temp_directory_path() / "xinlian-audit-XXXXXX").string();
        if (::mkdtemp(made.data()) != nullptr) path_ = made;
    }
    ~Temporary() {
        std::error_code ignored;
        if (!path_.empty()) fs::remove_all(path_, ignored);
    }
    Temporary(const Temporary&) = delete;
    Temporary& operator=(const Temporary&) = delete;
    const std::string& path() const { return path_; }

private:
    std::string path_;
};

struct Journal {
    bool damaged = false;
    std::string detail;
    std::map<Height, Hash> anchors;  // committed blocks that it refers to
};

Result<Journal> read_journal(const std::string& folder) {
    const Temporary copy;
    if (copy.path().empty()) return Error{Errc::io, std::string("a temporary folder: ") + std::strerror(errno)};
    std::error_code failed;
    for (fs::directory_iterator it(folder, failed), end; !failed && it != end; it.increment(failed)) {
        const fs::path name = it->path().filename();
        if (name != "LOCK" && it->is_regular_file(failed)) fs::copy_file(it->path(), copy.path() / name, failed);
    }
    if (failed) return Error{Errc::io, "the journal in " + folder + " cannot be copied: " + failed.message()};
    XL_TRY(const OpenedJournal opened, JournalFile::open(copy.path()));
    Journal journal{opened.damaged, opened.detail, {}};
    for (const JournalRecord& record : opened.records) {
        if (record.kind != JournalRecord::Kind::anchor) continue;
        const auto anchor = decode<JournalAnchor>(record.body);
        if (!anchor) {
            journal.damaged = true;
            journal.detail = "an anchor does not decode";
        } else if (anchor->height > 0) {
            journal.anchors[anchor->height] = anchor->block;
        }
    }
    return journal;
}

std::optional<Flaw> journal_flaw(std::string what, std::optional<Height> height) {
    return Flaw{FlawKind::journal, "the vote journal: " + std::move(what), height, {}, ""};
}

// Precondition: the chain itself is valid. `met` has the anchors whose block it contains.
void compare(DataAudit& audit, const Journal& journal, const std::map<Height, Hash>& met) {
    std::optional<Flaw>& flaw = audit.found.chain.flaw;
    audit.journal = journal.damaged ? JournalCheck::lost : JournalCheck::fits;
    audit.journal_detail = journal.detail;
    if (journal.damaged) flaw = journal_flaw(journal.detail, {});
    for (const auto& [height, block] : journal.anchors) {
        const auto at = met.find(height);
        if (at != met.end() && at->second == block) continue;
        flaw = at == met.end()
                   ? journal_flaw("it recorded block " + std::to_string(height) +
                                      " as committed, but the chain ends at height " +
                                      std::to_string(audit.found.chain.height) + ": the end of the chain was lost",
                                  height)
                   : journal_flaw("it recorded another block as committed at height " + std::to_string(height) +
                                      " than the chain has",
                                  height);
        return;
    }
    if (flaw || !audit.found.chain.mark) return;
    const auto mark = decode<Height>(*audit.found.chain.mark);
    const Height highest = journal.anchors.empty() ? 0 : journal.anchors.rbegin()->first;
    if (mark && *mark <= highest) return;
    audit.journal = JournalCheck::lost;
    flaw = journal_flaw("it is shorter than the chain recorded", {});
}

}  // namespace

Result<DataAudit> audit_data(const std::string& folder, const ledger::Genesis& genesis,
                             const ledger::AuditWatch& watch) {
    XL_TRY(const Places places, find(folder));
    DataAudit audit;
    audit.folder = places.chain;
    std::optional<Journal> journal;
    if (!places.journal.empty()) {
        XL_TRY(journal, read_journal(places.journal));
    }
    std::map<Height, Hash> met;
    ledger::AuditWatch own = watch;
    own.block = [&](const ledger::ExecutedBlock& executed) {
        const Height height = executed.block.header.height;
        if (journal && journal->anchors.contains(height)) met[height] = executed.id;
        if (watch.block) watch.block(executed);
    };
    XL_TRY(audit.found, ledger::audit_folder(places.chain, genesis, own));
    if (journal && !audit.found.chain.flaw) compare(audit, *journal, met);
    return audit;
}

}  // namespace xinlian::node
