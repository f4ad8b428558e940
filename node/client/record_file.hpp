// One record with its salt, as JSON. A bureau receives it with a proof file and passes it to `xinlian verify --record`.
// {"format":"xinlian-record/1","category":"penalty","form":1,"salt":"<64 hex>","fields":{"BZ":null,"CF_CFJG":"…",…}}
// It has all fields of the form, in any order. It is compared with a digest, so nothing in it is corrected.
#pragma once

#include "ledger/entry/record.hpp"

namespace xinlian::node {

inline constexpr std::size_t record_file_bytes_max = 8u << 20;
inline constexpr std::string_view record_file_format = "xinlian-record/1";

struct RecordFile {
    ledger::Record record;
    Hash salt;
};
std::string print_record_file(const RecordFile& file);
// Errc::malformed, Errc::too_large, Errc::unsupported (another format, or a form that this program does not know),
// Errc::invalid (not canonical).
Result<RecordFile> parse_record_file(std::string_view text);
Result<RecordFile> load_record_file(const std::string& path);  // also Errc::not_found, Errc::io; names the file

}  // namespace xinlian::node
