// Printable pages: HTML in Chinese, without scripts or external resources. Content is always escaped text, never
// markup.
#pragma once

#include <span>
#include <string>

namespace xinlian::node {

std::string escaped(std::string_view text);  // control characters are removed
std::string table_row(std::span<const std::string> cells);
std::string table_row(std::initializer_list<std::string> cells);
// Everything up to and including the body's first element, which is the title as a heading.
std::string page_head(std::string_view title);
std::string page_end();

}  // namespace xinlian::node
