// The laws of tests/fuzz/node/import_rows.hpp, for JSON files.
#include "tests/fuzz/node/import_rows.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    xinlian::fuzz::check_rows(xinlian::node::json_parser, {data, size});
    return 0;
}
