#include "node/wording/plain.hpp"

#include <array>
#include <chrono>
#include <cstdio>

namespace xinlian::node {

std::string statement_text(const Statement& statement, Language language) {
    const bool zh = language == Language::zh;
    const std::string view = std::to_string(statement.view);
    const std::string block = statement.block ? statement.block->hex() : "";
    switch (statement.kind) {
        case VoteKind::propose:
            return zh ? "第 " + view + " 轮提议区块 " + block : "propose block " + block + " in view " + view;
        case VoteKind::notarize:
            return zh ? "第 " + view + " 轮赞成区块 " + block : "notarize block " + block + " in view " + view;
        case VoteKind::nullify:
            return zh ? "第 " + view + " 轮作废" : "nullify view " + view;
        case VoteKind::finalize:
            break;
    }
    const ExecutionResult result = statement.result.value_or(ExecutionResult{});
    const std::string size = std::to_string(result.log_size), root = result.state_root.hex();
    return zh ? "第 " + view + " 轮确认区块 " + block + "（日志 " + size + " 条，日志根 " + result.log_root.hex() +
                    "，状态根 " + root + "）"
              : "finalize block " + block + " in view " + view + " (log of " + size + " entries with root " +
                    result.log_root.hex() + ", state root " + root + ")";
}

std::string time_text(Time time) {
    using namespace std::chrono;
    constexpr std::uint64_t representable_ms_max = 253'402'272'000'000;  // the end of the year 9999 at +08:00
    if (time.ms >= representable_ms_max) return std::to_string(time.ms) + " ms";
    const auto local = sys_time<milliseconds>(milliseconds(time.ms)) + hours(8);
    const auto day = floor<days>(local);
    const year_month_day date(day);
    const hh_mm_ss clock(floor<seconds>(local - day));
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%04d-%02u-%02u %02d:%02d:%02d", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                  static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                  static_cast<int>(clock.seconds().count()));
    return text.data();
}

std::string printable(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        // C1 controls (U+0080 to U+009F) are 0xC2 0x80 to 0xC2 0x9F in UTF-8; some terminals interpret them.
        const bool c1 = byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0;
        const bool control = byte < 0x20 || byte == 0x7F || c1;
        out.push_back(control ? ' ' : text[i]);
        if (c1) ++i;
    }
    return out;
}

}  // namespace xinlian::node
