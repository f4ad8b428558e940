#include "node/daemon/log.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace xinlian::node {

namespace {

constexpr std::size_t value_bytes_max = 2'000;

spdlog::level::level_enum spdlog_level(LogLevel level) {
    switch (level) {
        case LogLevel::trace:
            return spdlog::level::trace;
        case LogLevel::debug:
            return spdlog::level::debug;
        case LogLevel::info:
            return spdlog::level::info;
        case LogLevel::warn:
            return spdlog::level::warn;
        case LogLevel::error:
            return spdlog::level::err;
    }
    return spdlog::level::info;
}

// The text may come from a peer or a file. It must not be able to forge a log line.
std::string in_quotes(std::string_view value) {
    value = value.substr(0, value_bytes_max);
    const bool plain = !value.empty() && value.find_first_of(" \"=\n\r\t\\") == std::string_view::npos;
    std::string out;
    if (!plain) out += '"';
    for (const char c : value) {
        if (c == '"' || c == '\\') out += '\\';
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
            out += '?';
        } else {
            out += c;
        }
    }
    if (!plain) out += '"';
    return out;
}

}  // namespace

void set_log(LogLevel level, const std::string& member) {
    auto logger = spdlog::stderr_logger_mt("xinlian");
    logger->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %^%l%$ member=" + member + " %v");
    logger->set_level(spdlog_level(level));
    logger->flush_on(spdlog::level::info);
    spdlog::set_default_logger(logger);
}

void log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
    if (!spdlog::default_logger_raw()->should_log(spdlog_level(level))) return;
    std::string line = "event=" + in_quotes(event);
    for (const LogField& field : fields) line += " " + field.key + "=" + in_quotes(field.value);
    spdlog::default_logger_raw()->log(spdlog_level(level), spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace xinlian::node
