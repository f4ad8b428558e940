// Small files that must survive a power failure: written completely, synced, then renamed into place. An error names
// the path and the reason.
#pragma once

#include <string>

#include "crypto/bytes.hpp"

namespace xinlian {

enum class Existing : unsigned char { refuse, replace };

// Makes the folder (its parents too) with mode 0700 and syncs its parent. An existing folder is not an error.
Status make_folder(const std::string& path);
// True if there is nothing at the path, or an empty folder. Errc::io if the path cannot be read.
Result<bool> is_free(const std::string& path);
// Writes a temporary file in the same folder, syncs it, renames it into place and syncs the folder. Errc::conflict if
// the file exists and may not be replaced. `mode` as for open(2), e.g. 0600.
Status write_file(const std::string& path, ByteView bytes, unsigned mode, Existing existing);
// Renames a complete, synced file to its final name, replacing an existing one, and syncs the folder.
Status move_file(const std::string& from, const std::string& to);
// Overwrites the file's bytes with random ones and syncs. Copies, and old blocks of a storage that does not write in
// place (snapshots, solid-state disks), are not reached.
Status overwrite_file(const std::string& path);
// Overwrites it, removes it and syncs the folder.
Status destroy_file(const std::string& path);
// Errc::not_found, Errc::too_large (checked before reading), Errc::io.
Result<Bytes> read_file(const std::string& path, std::size_t bytes_max);

}  // namespace xinlian
