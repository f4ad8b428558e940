// Small files that must survive a power cut: written whole, synced, and in place only when complete. Says which path
// failed and why.
#pragma once

#include <string>

#include "crypto/bytes.hpp"

namespace xinlian::node {

enum class Existing : unsigned char { refuse, replace };

// Makes the folder (its parents too) with mode 0700 and syncs its parent. A folder that is there already is fine.
Status make_folder(const std::string& path);
// True if there is nothing at the path, or an empty folder. Errc::io if that cannot be told.
Result<bool> is_free(const std::string& path);
// Writes a neighbour of the file, syncs it, renames it into place and syncs the folder. Errc::conflict if the file is
// there and may not be replaced. `mode` as for open(2), e.g. 0600.
Status write_file(const std::string& path, ByteView bytes, unsigned mode, Existing existing);
// Renames a whole, synced file over another (or over nothing) and syncs the folder.
Status move_file(const std::string& from, const std::string& to);
// Puts random bytes in the place of a file's own, synced. Neither copies nor old blocks of a file system that never
// writes in place (snapshots, solid-state disks) are reached.
Status overwrite_file(const std::string& path);
// Overwrites it, removes it and syncs the folder.
Status destroy_file(const std::string& path);
// Errc::not_found, Errc::too_large (checked before reading), Errc::io.
Result<Bytes> read_file(const std::string& path, std::size_t bytes_max);

}  // namespace xinlian::node
