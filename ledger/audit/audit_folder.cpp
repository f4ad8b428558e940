#include "ledger/audit/audit_folder.hpp"

#include "ledger/audit/leveldb_copy.hpp"

namespace xinlian::ledger {

Result<FolderAudit> audit_folder(const std::string& folder, const Genesis& genesis, const AuditWatch& watch) {
    FolderAudit audit;
    LevelDbCopy copy(folder);
    Status sound = copy.open();
    if (sound) {
        sound = copy.check([&watch](std::uint64_t done, std::uint64_t total) {
            if (watch.progress) watch.progress({AuditPart::files, done, total, 0});
        });
    }
    audit.files = copy.files();
    audit.without_data = copy.without_data();
    if (!sound) {
        if (sound.error().code != Errc::corrupt) return sound.error();
        audit.chain.flaw = Flaw{FlawKind::file, sound.error().text, {}, {}, copy.damaged_file()};
        return audit;
    }
    const RowScan scan = [&copy](ByteView from, const RowVisitor& visitor) { return copy.scan(from, visitor); };
    XL_TRY(audit.chain, audit_chain(scan, genesis, watch));
    return audit;
}

}  // namespace xinlian::ledger
