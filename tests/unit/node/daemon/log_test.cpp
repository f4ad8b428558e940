// Tests that text chosen by a peer, a client or a file cannot forge a log line.
#include "node/daemon/log.hpp"

#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <catch2/catch.hpp>
#include <sstream>

namespace xinlian::node {

namespace {

// Captures what is logged while it lives.
class Captured {
public:
    Captured() : before_(spdlog::default_logger()) {
        auto logger =
            std::make_shared<spdlog::logger>("captured", std::make_shared<spdlog::sinks::ostream_sink_mt>(out_));
        logger->set_pattern("%v");
        spdlog::set_default_logger(logger);
    }
    ~Captured() { spdlog::set_default_logger(before_); }
    std::string text() const { return out_.str(); }
    std::string of(const std::string& value) const {
        log(LogLevel::info, "peer lost", {{"reason", value}});
        return text();
    }

private:
    std::ostringstream out_;
    std::shared_ptr<spdlog::logger> before_;
};

std::size_t lines(const std::string& text) {
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace

TEST_CASE("plain values stand bare, others in quotes") {
    const Captured captured;
    log(LogLevel::info, "started", {{"peers", 3}, {"id", "310000"}, {"name", "a b"}, {"empty", ""}});
    CHECK(captured.text() == "event=started peers=3 id=310000 name=\"a b\" empty=\"\"\n");
}

TEST_CASE("no value can start a second line") {
    for (const std::string value : {"x\nevent=started", "x\r\nevent=started", "x\rlevel=error", "x\x0b\x0c\x1b[2Jy"}) {
        const Captured captured;
        const std::string text = captured.of(value);
        CHECK(lines(text) == 1);
        CHECK(text.find('\r') == std::string::npos);
        CHECK(text.find('\x1b') == std::string::npos);
    }
}

TEST_CASE("no value can add another field") {
    CHECK(Captured().of("x member=320000") == "event=\"peer lost\" reason=\"x member=320000\"\n");
    CHECK(Captured().of("x\" member=\"320000") == "event=\"peer lost\" reason=\"x\\\" member=\\\"320000\"\n");
    CHECK(Captured().of("x\\") == "event=\"peer lost\" reason=\"x\\\\\"\n");
    CHECK(Captured().of("a=b") == "event=\"peer lost\" reason=\"a=b\"\n");
    CHECK(Captured().of("a\tb") == "event=\"peer lost\" reason=\"a?b\"\n");
}

TEST_CASE("a value is no format, and a NUL does not end it") {
    CHECK(Captured().of("{} {0} %v %n") == "event=\"peer lost\" reason=\"{} {0} %v %n\"\n");
    CHECK(Captured().of(std::string("a\0b", 3)) == "event=\"peer lost\" reason=a?b\n");
}

TEST_CASE("a value is cut at its limit") {
    CHECK(Captured().of(std::string(2'000, 'x')).find(std::string(2'000, 'x')) != std::string::npos);
    CHECK(Captured().of(std::string(2'001, 'x')).find(std::string(2'001, 'x')) == std::string::npos);
}

TEST_CASE("what is below the level is not written") {
    const Captured captured;
    log(LogLevel::debug, "block final", {{"height", 1}});
    CHECK(captured.text().empty());
}

}  // namespace xinlian::node
