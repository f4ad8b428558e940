#include "ledger/audit/audit_folder.hpp"

#include "ledger/audit/leveldb_files.hpp"

namespace xinlian::ledger {

namespace {

// The result for a damaged file. Returns an error if the chain could not be checked at all.
Result<FolderAudit> damaged(FolderAudit audit, const FileDamage& damage) {
    std::string what = damage.file;
    if (damage.offset) what += (what.empty() ? "" : ", ") + ("byte " + std::to_string(*damage.offset));
    what += (what.empty() ? "" : ": ") + damage.what;
    if (damage.code != Errc::corrupt) return Error{damage.code, what};
    if (!damage.up_to.empty())
        what += "; rows from " + row_name(damage.after) + " to " + row_name(damage.up_to) + " lie there";
    audit.chain.flaw = Flaw{FlawKind::file, std::move(what), {}, {}, damage.file, damage.offset};
    return audit;
}

}  // namespace

Result<FolderAudit> audit_folder(const std::string& folder, const Genesis& genesis, const AuditWatch& watch) {
    FolderAudit audit;
    std::unique_ptr<LevelDbFiles> files;
    if (const Damage found = LevelDbFiles::open(folder, files)) return damaged(std::move(audit), *found);
    audit.files = files->files();
    audit.without_data = files->without_data();
    std::uint64_t bytes = 0;
    const Damage found = files->check([&](std::uint64_t more) {
        bytes += more;
        if (watch.progress) watch.progress({AuditPart::files, bytes, files->table_bytes(), 0});
    });
    if (found) return damaged(std::move(audit), *found);
    const RowScan scan = [&files](ByteView from, const RowVisitor& visitor) { return files->scan(from, visitor); };
    XL_TRY(audit.chain, audit_chain(scan, genesis, watch));
    if (!audit.chain.flaw) return audit;
    if (const auto place = files->place_of(audit.chain.flaw->row)) {
        audit.chain.flaw->file = place->file;
        audit.chain.flaw->offset = place->offset;
    }
    return audit;
}

}  // namespace xinlian::ledger
