#include "node/wording/page.hpp"

#include "node/wording/plain.hpp"
#include "node/wording/sentence.hpp"

namespace xinlian::node {

namespace {

constexpr std::string_view page_style =
    "body{font:14px/1.6 \"Noto Serif CJK SC\",\"Songti SC\",SimSun,serif;max-width:48em;margin:2em auto;padding:0 1em}"
    "h1{font-size:1.5em}h2{font-size:1.15em}.verdict{border:2px solid;padding:.6em 1em;font-weight:bold}"
    ".sound{color:#14532d}.unsound{color:#991b1b}table{border-collapse:collapse;width:100%}"
    "td,th{border-bottom:1px solid #999;padding:.25em .5em;text-align:left;vertical-align:top;word-break:break-all}"
    "td:first-child{white-space:nowrap}.wide{font-size:11px}@media print{body{margin:0}}";

}  // namespace

std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : printable(text)) {
        switch (c) {
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '&':
                out += "&amp;";
                break;
            case '"':
                out += "&quot;";
                break;
            default:
                out.push_back(c);
        }
    }
    return out;
}

std::string table_row(std::span<const std::string> cells) {
    std::string row = "<tr>";
    for (const std::string& cell : cells) row += "<td>" + escaped(cell) + "</td>";
    return row + "</tr>\n";
}

std::string table_row(std::initializer_list<std::string> cells) {
    return table_row(std::span<const std::string>(cells.begin(), cells.size()));
}

std::string page_head(std::string_view title) {
    const std::string text = escaped(title);
    return "<!DOCTYPE html>\n<html lang=\"zh-CN\"><head><meta charset=\"utf-8\"><title>" + text + "</title>\n<style>" +
           std::string(page_style) + "</style></head>\n<body>\n<h1>" + text + "</h1>\n";
}

std::string page_end() { return "</body></html>\n"; }

}  // namespace xinlian::node
