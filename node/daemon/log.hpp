// Structured log lines on standard error: time, level, event, then key=value. Never contains a record, name, code or
// salt.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "node/member/config.hpp"

namespace xinlian::node {

struct LogField {
    LogField(std::string_view k, std::string_view v) : key(k), value(v) {}
    LogField(std::string_view k, const char* v) : key(k), value(v) {}
    LogField(std::string_view k, const std::string& v) : key(k), value(v) {}
    template <std::integral T>
    LogField(std::string_view k, T v) : key(k), value(std::to_string(v)) {}
    std::string key, value;
};

void set_log(LogLevel level, const std::string& member);
// `event` is a fixed phrase; values with spaces or quotes are quoted, control characters escaped.
void log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields = {});

}  // namespace xinlian::node
