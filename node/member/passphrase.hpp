// Choosing a new passphrase; reading the one of an existing key file is node/member/member_files.hpp.
#pragma once

#include <string>

#include "crypto/result.hpp"

namespace xinlian::node {

inline constexpr std::size_t passphrase_bytes_max = 1024;

// As read_passphrase, but asked for twice on a terminal, so that a slip does not lock the keys away. Empty if there is
// neither environment nor terminal; the caller refuses that.
Result<std::string> read_new_passphrase(const std::string& purpose, const std::string& again);

// For a file that has a passphrase already: from XINLIAN_NEW_PASSPHRASE, XINLIAN_NEW_PASSPHRASE_FILE or the terminal.
Result<std::string> read_replacement_passphrase(const std::string& purpose, const std::string& again);

}  // namespace xinlian::node
