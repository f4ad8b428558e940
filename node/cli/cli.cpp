#include "node/cli/cli.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <chrono>
#include <iostream>
#include <utility>

#include "node/client/error_json.hpp"

namespace xinlian::node {

int Cli::fail(const Error& error) const {
    if (json) {
        std::cerr << boost::json::serialize(error_json(error)) << '\n';
    } else {
        std::cerr << say("错误：", "error: ") << error.text << '\n';
    }
    return exit_code_of(error.code);
}

void Cli::set_action(Command command, std::function<int()> action) {
    command.on_parsed([this, action = std::move(action)] { run = action; });
}

Time system_now() {
    const auto since = std::chrono::system_clock::now().time_since_epoch();
    return Time{static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(since).count())};
}

}  // namespace xinlian::node
