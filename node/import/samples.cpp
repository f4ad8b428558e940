#include "node/import/samples.hpp"

#include <algorithm>
#include <array>
#include <boost/json/serialize.hpp>

#include "crypto/files.hpp"
#include "crypto/utf8.hpp"
#include "ledger/entry/subject_code.hpp"
#include "node/import/profile.hpp"
#include "node/tables/csv_writer.hpp"

namespace xinlian::node {

namespace {

constexpr std::array<const char*, 21> codes = {
    "CF_XDR_MC", "CF_XDR_LB", "CF_XDR_SHXYM", "CF_FRDB",   "CF_WSH",     "CF_WFXW",    "CF_SY",
    "CF_YJ",     "CF_CFLB",   "CF_NR",        "CF_NR_FK",  "CF_NR_WFFF", "CF_NR_ZKDX", "CF_JDRQ",
    "CF_YXQ",    "CF_GSJZQ",  "CF_CFJG",      "CF_CFJGDM", "CF_SJLY",    "CF_SJLYDM",  "BZ"};
// Positions of the columns.
namespace column {
enum Position : std::size_t {
    name,
    kind,
    code,
    person,
    document,
    type,
    facts,
    basis,
    penalty,
    content,
    fine,
    seized,
    licence,
    decided,
    valid,
    shown,
    agency,
    agency_code,
    source,
    source_code,
    remark
};
}  // namespace column

// splitmix64: the same sequence on every platform.
class Dice {
public:
    explicit Dice(std::uint64_t seed) : state_(seed) {}
    std::uint64_t roll(std::uint64_t below) {
        std::uint64_t z = (state_ += 0x9E3779B97F4A7C15ull);
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
        return (z ^ (z >> 31)) % below;
    }
    template <std::size_t N>
    const char* pick(const std::array<const char*, N>& of) {
        return of[roll(N)];
    }

private:
    std::uint64_t state_;
};

struct Place {
    const char* name;
    const char* division;
};
struct Region {
    const char* id;
    const char* short_name;
    const char* centre;
    std::array<Place, 4> places;
};
constexpr std::array<Region, 4> regions = {{
    {"310000",
     "沪",
     "示例一号信用信息中心",
     {{{"浦东", "310115"}, {"徐汇", "310104"}, {"青浦", "310118"}, {"松江", "310117"}}}},
    {"320000",
     "苏",
     "示例二号信用信息中心",
     {{{"南京", "320100"}, {"苏州", "320500"}, {"常州", "320400"}, {"泰州", "321200"}}}},
    {"330000",
     "浙",
     "示例三号信用信息中心",
     {{{"杭州", "330100"}, {"嘉兴", "330400"}, {"台州", "331000"}, {"嘉善", "330421"}}}},
    {"340000",
     "皖",
     "示例四号信用信息中心",
     {{{"合肥", "340100"}, {"芜湖", "340200"}, {"蚌埠", "340300"}, {"滁州", "341100"}}}},
}};

constexpr std::array<const char*, 16> first_words = {"云帆", "青禾", "远山", "星桥", "白鹭", "长亭", "松涛", "晨曦",
                                                     "澄湖", "南屏", "鹿鸣", "木兰", "朗月", "沧浪", "秋水", "石榴"};
constexpr std::array<const char*, 10> trades = {"纺织", "五金", "家具", "印务", "仓储",
                                                "塑料", "园林", "灯具", "陶瓷", "乳品"};
constexpr std::array<const char*, 8> surnames = {"甲", "乙", "丙", "丁", "戊", "己", "庚", "辛"};
struct Breach {
    const char* type;
    const char* office;
    const char* mark;
};
constexpr std::array<Breach, 6> breaches = {{{"占用消防通道", "消防救援支队", "消罚"},
                                             {"计量器具未经检定", "市场监督管理局", "市监罚"},
                                             {"夜间施工噪声超标", "生态环境局", "环罚"},
                                             {"超限运输货物", "交通运输局", "交罚"},
                                             {"未按时缴纳社会保险费", "人力资源和社会保障局", "人社罚"},
                                             {"标签内容与实物不符", "市场监督管理局", "市监罚"}}};

// 18 symbols of a fictitious organisation: department, division, nine free symbols, check symbol.
std::string made_up_code(Dice& dice, const std::string& front) {
    constexpr std::string_view symbols = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    std::string made = front;
    while (made.size() < 17) made += symbols[dice.roll(symbols.size())];
    return made + ledger::code_check_symbol(made);
}

// The same agency has the same code in every row and file.
std::string agency_code_of(const std::string& agency_name, const char* division) {
    const Hash digest = hash(Suite::ed25519_sha256, as_bytes(agency_name));
    std::uint64_t seed = 0;
    for (std::size_t i = 0; i < 8; ++i) seed = (seed << 8) | digest.bytes[i];
    Dice dice(seed);
    return made_up_code(dice, std::string("11") + division);
}

std::string two_digits(std::uint64_t n) { return (n < 10 ? "0" : "") + std::to_string(n); }

SampleRow plain_row(Dice& dice, const Region& region, std::size_t number) {
    SampleRow row{std::vector<std::string>(codes.size())};
    const Place& place = region.places[dice.roll(region.places.size())];
    const Breach& breach = breaches[dice.roll(breaches.size())];
    const bool fined = dice.roll(6) != 0;
    const std::uint64_t hundreds = 1 + dice.roll(3'000);  // in 元
    const std::string day = two_digits(1 + dice.roll(20));
    auto& cells = row.cells;
    cells[column::name] =
        std::string(place.name) + dice.pick(first_words) + dice.pick(first_words) + dice.pick(trades) + "有限公司";
    cells[column::kind] = "法人及非法人组织";
    cells[column::code] = made_up_code(dice, std::string("91") + place.division);
    cells[column::person] = std::string(dice.pick(surnames)) + "某";
    cells[column::document] = std::string(region.short_name) + breach.mark + "〔2026〕" + std::to_string(number) + "号";
    cells[column::type] = breach.type;
    cells[column::facts] = "检查发现" + cells[column::name] + breach.type + "，当事人承认上述情形。";
    cells[column::basis] = "《示例管理办法》第十二条";
    cells[column::penalty] = fined ? (dice.roll(5) == 0 ? "罚款；没收违法所得" : "罚款") : "警告";
    std::string decimals = std::to_string(hundreds % 100) + "0000";
    if (hundreds % 100 < 10) decimals = "0" + decimals;
    const std::string amount = std::to_string(hundreds / 100) + "." + decimals;
    cells[column::content] = fined ? "处以罚款" + std::to_string(hundreds * 100) + "元" : "予以警告";
    cells[column::fine] = fined ? amount : "";
    cells[column::decided] = "2026/10/" + day;
    cells[column::valid] = "2099/12/31";
    cells[column::shown] = "2029/10/" + day;
    cells[column::agency] = std::string(place.name) + breach.office;
    cells[column::agency_code] = agency_code_of(cells[column::agency], place.division);
    cells[column::source] = region.centre;
    cells[column::source_code] = agency_code_of(cells[column::source], region.id);
    return row;
}

std::string full_width(const std::string& ascii) {
    std::string out;
    for (const char c : ascii) append_utf8(out, static_cast<char32_t>(c) + 0xFEE0);
    return out;
}

void replace(std::string& text, std::string_view from, std::string_view to) {
    const std::size_t at = text.find(from);
    if (at != std::string::npos) text.replace(at, from.size(), to);
}

struct Defect {
    SampleSpecial special;
    void (*apply)(std::vector<std::string>& cells);
};
using Cells = std::vector<std::string>;

const std::array<Defect, 24> defects = {{
    {{"lower-case code", "accept"},
     [](Cells& c) {
         std::transform(c[column::code].begin(), c[column::code].end(), c[column::code].begin(),
                        [](char x) { return x >= 'A' ? static_cast<char>(x + 32) : x; });
     }},
    {{"full-width code", "accept"}, [](Cells& c) { c[column::code] = full_width(c[column::code]); }},
    {{"date with dashes", "accept"},
     [](Cells& c) { std::replace(c[column::decided].begin(), c[column::decided].end(), '/', '-'); }},
    {{"date without separators", "accept"}, [](Cells& c) { std::erase(c[column::decided], '/'); }},
    {{"date in Chinese", "accept"},
     [](Cells& c) {
         c[column::decided] = "2026年10月" + std::to_string(std::stoul(c[column::decided].substr(8))) + "日";
     }},
    {{"date with a time", "accept"}, [](Cells& c) { c[column::decided] += " 0:00"; }},
    {{"textual null", "accept"}, [](Cells& c) { c[column::licence] = "\\N", c[column::remark] = "NULL"; }},
    {{"newline inside a cell", "accept"}, [](Cells& c) { replace(c[column::facts], "，", "，\n"); }},
    {{"literal newline", "accept"}, [](Cells& c) { replace(c[column::facts], "，", "，\\n"); }},
    {{"other brackets in the number", "accept"},
     [](Cells& c) { replace(c[column::document], "〔", "【"), replace(c[column::document], "〕", "】"); }},
    {{"stray spaces", "accept"},
     [](Cells& c) { c[column::name] = " " + c[column::name] + "　", c[column::document] += " "; }},
    {{"formula in a cell", "accept"}, [](Cells& c) { c[column::remark] = "=1+2"; }},
    {{"spreadsheet day number", "warn"}, [](Cells& c) { c[column::decided] = "46300"; }},
    {{"check digit fails", "warn"},
     [](Cells& c) { c[column::code].back() = c[column::code].back() == '0' ? '1' : '0'; }},
    {{"private-use character", "warn"}, [](Cells& c) { c[column::facts] += "\xEE\x8A\xAE"; }},
    {{"resident id in a free text", "warn"}, [](Cells& c) { c[column::remark] = "联系人证件11010519491231002X"; }},
    {{"masked code", "refuse"}, [](Cells& c) { c[column::code].replace(6, 8, "********"); }},
    {{"no document number", "refuse"}, [](Cells& c) { c[column::document].clear(); }},
    {{"impossible date", "refuse"}, [](Cells& c) { c[column::decided] = "2026-02-30"; }},
    {{"month without a day", "refuse"}, [](Cells& c) { c[column::decided] = "202610"; }},
    {{"two companies in one cell", "refuse"}, [](Cells& c) { c[column::name] += "、另行虚构商贸有限公司"; }},
    {{"natural person", "refuse"},
     [](Cells& c) { c[column::name] = "某某", c[column::kind] = "自然人", c[column::code].clear(); }},
    {{"code in scientific notation", "refuse"}, [](Cells& c) { c[column::code] = "9.1310E+17"; }},
    {{"amount not a number", "refuse"}, [](Cells& c) { c[column::fine] = "叁万"; }},
}};
// A name that an earlier program could not decode.
constexpr SampleSpecial unreadable{"replacement character in the name", "refuse"};

std::string_view label_of(std::string_view wanted) {
    const Profile& profile = penalty_profile();
    for (std::size_t i = 0; i < profile.columns.size(); ++i) {
        if (profile.columns[i].code == wanted) return profile.label(i);
    }
    return wanted;
}

std::string json_text(const std::string& text) { return boost::json::serialize(boost::json::string(text)); }

std::string expected_of(const std::string& file, const SampleTable& table) {
    std::string out =
        " " + json_text(file) + ": {\n  \"rows\": " + std::to_string(table.rows.size()) + ",\n  \"special\": {";
    const char* comma = "\n";
    for (const auto& [row, special] : table.special) {
        out += comma + std::string("   \"") + std::to_string(row) + "\": [" + json_text(special.what) + ", " +
               json_text(special.treatment) + "]";
        comma = ",\n";
    }
    return out + "\n  }\n }";
}

}  // namespace

std::vector<std::string> sample_codes() { return {codes.begin(), codes.end()}; }

Result<SampleTable> make_sample(const std::string& region, std::size_t rows, std::uint64_t seed, Dirt dirt) {
    const auto* found =
        std::find_if(regions.begin(), regions.end(), [&region](const Region& r) { return r.id == region; });
    if (found == regions.end()) {
        return Error{Errc::unsupported,
                     "no sample for region " + region + "; expected 310000, 320000, 330000 or 340000"};
    }
    if (rows > sample_rows_max) {
        return Error{Errc::too_large, "too many sample rows: " + std::to_string(rows) + "; at most " +
                                          std::to_string(sample_rows_max) + " are allowed"};
    }
    Dice dice(seed * 1'000'003 + std::stoul(region));
    SampleTable table;
    table.rows.reserve(rows + sample_repeats);
    for (std::size_t i = 1; i <= rows; ++i) table.rows.push_back(plain_row(dice, *found, i));
    if (dirt == Dirt::none) return table;
    // The first rows have no defects: they are repeated at the end.
    const std::size_t wanted = rows <= sample_repeats ? 0 : std::min(rows / 20, rows - sample_repeats);
    for (std::size_t n = 0; n < wanted;) {
        const std::size_t row = sample_repeats + dice.roll(rows - sample_repeats);
        if (table.special.contains(row + 1)) continue;
        // Takes every 7th kind of defect, so that a small sample has some of each treatment.
        const std::size_t which = 7 * n++ % (defects.size() + 1);
        Cells& cells = table.rows[row].cells;
        if (which == defects.size()) replace(cells[column::name], "有限公司", "\xEF\xBF\xBD限公司");
        if (which < defects.size()) defects[which].apply(cells);
        // Only a fine has an amount; the defect sets one in any row.
        table.special.emplace(row + 1, which < defects.size() ? defects[which].special : unreadable);
    }
    for (std::size_t i = 0; i < std::min(sample_repeats, rows); ++i) {
        table.rows.push_back(table.rows[i]);
        table.special.emplace(table.rows.size(), SampleSpecial{"the same row again", "duplicate"});
    }
    return table;
}

Result<std::string> print_sample(const SampleTable& table, Layout layout, Encoding encoding, SampleHeader header) {
    std::vector<std::string> names;
    names.reserve(std::size(codes));
    for (const char* c : codes)
        names.emplace_back(header == SampleHeader::codes ? std::string(c) : std::string(label_of(c)));
    std::string out = encoding == Encoding::utf8_bom ? "\xEF\xBB\xBF" : "";
    if (layout == Layout::json) {
        const char* comma = "[\n{";
        for (const SampleRow& row : table.rows) {
            out += comma;
            comma = ",\n{";
            for (std::size_t i = 0; i < names.size(); ++i) {
                out += (i > 0 ? ", " : "") + json_text(names[i]) + ": " +
                       (row.cells[i].empty() ? std::string("null") : json_text(row.cells[i]));
            }
            out += "}";
        }
        return encode_text(out + (table.rows.empty() ? "[]\n" : "\n]\n"), encoding);
    }
    const auto line = [&out](const std::vector<std::string>& cells) {
        for (const std::string& cell : cells) out += csv_cell(cell) + ",";
        out.back() = '\r';
        out += '\n';
    };
    line(names);
    for (const SampleRow& row : table.rows) line(row.cells);
    return encode_text(out, encoding);
}

Status write_samples(const std::string& folder, std::size_t rows, std::uint64_t seed) {
    struct File {
        const char* region;
        const char* name;
        Layout layout;
        Encoding encoding;
        SampleHeader header;
    };
    constexpr std::array<File, 4> files = {{
        {"310000", "310000-penalties.csv", Layout::csv, Encoding::utf8_bom, SampleHeader::codes},
        {"320000", "320000-penalties-gb18030.csv", Layout::csv, Encoding::gb18030, SampleHeader::labels},
        {"330000", "330000-penalties.json", Layout::json, Encoding::utf8, SampleHeader::codes},
        {"340000", "340000-penalties-labels.csv", Layout::csv, Encoding::utf8_bom, SampleHeader::labels},
    }};
    XL_TRY_STATUS(make_folder(folder));
    std::string expected = "{\n";
    for (const File& file : files) {
        XL_TRY(const SampleTable table, make_sample(file.region, rows, seed, Dirt::some));
        XL_TRY(const std::string bytes, print_sample(table, file.layout, file.encoding, file.header));
        XL_TRY_STATUS(write_file(folder + "/" + file.name, as_bytes(bytes), 0644, Existing::replace));
        expected += expected_of(file.name, table) + (file.region == files.back().region ? "\n" : ",\n");
    }
    return write_file(folder + "/expected.json", as_bytes(expected + "}\n"), 0644, Existing::replace);
}

}  // namespace xinlian::node
