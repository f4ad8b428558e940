// Laws: node.toml is refused with a reason or read, with the same result each time; an address that parses prints back.
#include "node/member/config.hpp"
#include "tests/fuzz/input.hpp"

using namespace xinlian;
using namespace xinlian::node;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const fuzz::ScratchFile file;
    const std::string_view text = as_text({data, size});
    if (const auto endpoint = parse_endpoint(text)) {
        const auto again = parse_endpoint("[" + endpoint->host + "]:" + std::to_string(endpoint->port));
        XL_CHECK(again.ok());
        XL_CHECK(again->host == endpoint->host);
        XL_CHECK(again->port == endpoint->port);
    }
    const auto config = load_config(file.write({data, size}));
    if (!config) {
        XL_CHECK(!config.error().text.empty());
        XL_CHECK(config.error().code == Errc::malformed || config.error().code == Errc::invalid);
        return 0;
    }
    for (const Config::Peer& peer : config->peers) XL_CHECK(parse_endpoint(peer.address).ok());
    const auto again = load_config(file.write({data, size}));
    XL_CHECK(again.ok());
    XL_CHECK(again->member == config->member);
    XL_CHECK(again->peers.size() == config->peers.size());
    return 0;
}
