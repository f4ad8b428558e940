// The laws of tests/fuzz/node/import_rows.hpp, for CSV files.
#include "tests/fuzz/node/import_rows.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    xinlian::fuzz::check_rows(xinlian::node::csv_parser, {data, size});
    return 0;
}
