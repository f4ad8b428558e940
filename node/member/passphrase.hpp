// Prompts for a new passphrase. node/member/member_files.hpp reads the passphrase of an existing key file.
#pragma once

#include <string>

#include "crypto/result.hpp"

namespace xinlian::node {

inline constexpr std::size_t passphrase_bytes_max = 1024;

// Like read_passphrase, but a terminal prompt asks twice, so that a typing error does not make the keys inaccessible.
// Empty if there is neither environment nor terminal; the caller must treat that as an error.
Result<std::string> read_new_passphrase(const std::string& purpose, const std::string& again);

// For a file that already has a passphrase: reads the new one from XINLIAN_NEW_PASSPHRASE, XINLIAN_NEW_PASSPHRASE_FILE
// or the terminal.
Result<std::string> read_replacement_passphrase(const std::string& purpose, const std::string& again);

}  // namespace xinlian::node
