// Laws: canonical JSON is its own canonical form, and an independent parser accepts it.
#include "crypto/jcs.hpp"

#include <boost/json.hpp>

#include "tests/fuzz/input.hpp"

using namespace xinlian;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto canonical = jcs(as_text({data, size}));
    if (!canonical) {
        XL_CHECK(canonical.error().code == Errc::malformed);
        return 0;
    }
    const auto again = jcs(*canonical);
    XL_CHECK(again.ok());
    XL_CHECK(*again == *canonical);
    boost::json::error_code error;
    boost::json::parse_options options;
    options.max_depth = jcs_depth_max + 1;
    boost::json::parse(*canonical, error, {}, options);
    XL_CHECK(!error);
    return 0;
}
