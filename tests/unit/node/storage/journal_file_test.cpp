// Tests the journal file: appends, rotation, torn ends and damage.
#include "node/storage/journal_file.hpp"

#include <sys/resource.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>

#include "tests/unit/node/scratch_folder.hpp"

using namespace xinlian;
using namespace xinlian::node;
namespace fs = std::filesystem;

namespace {

using Kind = JournalRecord::Kind;

JournalRecord record(std::string_view text, Kind kind = Kind::core) { return {kind, to_bytes(text)}; }

bool same(const std::vector<JournalRecord>& a, const std::vector<JournalRecord>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](const auto& x, const auto& y) { return x.kind == y.kind && x.body == y.body; });
}

Bytes slurp(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

void spill(const fs::path& path, ByteView bytes) {
    std::ofstream out(path, std::ios::binary | std::ios::trunc);
    out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

// Four appends with records of every kind.
std::vector<std::vector<JournalRecord>> appends() {
    return {{record("one"), record("a block", Kind::block)},
            {{Kind::batch, Bytes(40, 7)}},
            {record("")},
            {record("an anchor", Kind::anchor), record("an accusation", Kind::evidence)}};
}

struct Fixture {
    ScratchFolder scratch;
    std::string folder = scratch.path("journal");
    fs::path first = fs::path(folder) / "journal.00000001";

    void write() const {
        const auto opened = JournalFile::open(folder);
        REQUIRE(opened.ok());
        CHECK_FALSE(opened->damaged);
        for (const auto& records : appends()) REQUIRE(opened->file->append(records).ok());
    }
    OpenedJournal open() const {
        auto opened = JournalFile::open(folder);
        REQUIRE(opened.ok());
        return *std::move(opened);
    }
};

// How many appends these records are; nothing if they are not a prefix of what was written.
std::optional<std::size_t> appends_of(const std::vector<JournalRecord>& records) {
    std::vector<JournalRecord> prefix;
    const auto all = appends();
    for (std::size_t n = 0; n <= all.size(); ++n) {
        if (same(records, prefix)) return n;
        if (n < all.size()) prefix.insert(prefix.end(), all[n].begin(), all[n].end());
    }
    return std::nullopt;
}

}  // namespace

TEST_CASE("a journal gives back what was appended, in order, and goes on") {
    const Fixture fixture;
    fixture.write();
    {
        const OpenedJournal opened = fixture.open();
        CHECK_FALSE(opened.damaged);
        CHECK(appends_of(opened.records) == 4u);
        REQUIRE(opened.file->append(std::vector{record("after")}).ok());
    }
    CHECK(fixture.open().records.back().body == to_bytes("after"));
}

TEST_CASE("a journal cut at any byte gives a prefix of whole appends, and goes on from there") {
    const Fixture fixture;
    fixture.write();
    const Bytes whole = slurp(fixture.first);
    std::size_t most = 0;
    for (std::size_t size = 0; size < whole.size(); ++size) {
        INFO("cut at byte " << size);
        fs::remove_all(fixture.folder);
        fs::create_directories(fixture.folder);
        spill(fixture.first, ByteView(whole).first(size));
        {
            const OpenedJournal opened = fixture.open();
            CHECK(opened.damaged == (size < 24));  // the head is on disk before the file has its name
            const auto appends = appends_of(opened.records);
            REQUIRE(appends);
            CHECK(*appends >= most);
            most = *appends;
            REQUIRE(opened.file->append(std::vector{record("next")}).ok());
        }
        const OpenedJournal again = fixture.open();
        CHECK_FALSE(again.damaged);
        CHECK(again.records.back().body == to_bytes("next"));
    }
    CHECK(most == 3);
}

TEST_CASE("a bit flipped anywhere is called damage, and what is read before it is right") {
    const Fixture fixture;
    fixture.write();
    const Bytes whole = slurp(fixture.first);
    for (std::size_t at = 0; at < whole.size(); ++at) {
        INFO("flipped at byte " << at);
        Bytes flipped = whole;
        flipped[at] ^= static_cast<std::uint8_t>(1u << (at % 8));
        fs::remove_all(fixture.folder);
        fs::create_directories(fixture.folder);
        spill(fixture.first, flipped);
        const OpenedJournal opened = fixture.open();
        const auto appends = appends_of(opened.records);
        REQUIRE(appends);
        CHECK(*appends < 4);
        CHECK(opened.damaged);  // also in the last append: it was acknowledged, so it must not look torn
    }
}

TEST_CASE("a frame taken out of the middle of a journal is damage") {
    const Fixture fixture;
    fixture.write();
    const Bytes whole = slurp(fixture.first);
    // The file and every frame begin with the same eight bytes.
    std::vector<std::size_t> starts;
    for (std::size_t at = 8; at + 8 <= whole.size(); ++at) {
        if (std::equal(whole.begin(), whole.begin() + 8, whole.begin() + static_cast<std::ptrdiff_t>(at))) {
            starts.push_back(at);
        }
    }
    REQUIRE(starts.size() == 4);
    Bytes missing = whole;
    missing.erase(missing.begin() + static_cast<std::ptrdiff_t>(starts[1]),
                  missing.begin() + static_cast<std::ptrdiff_t>(starts[2]));
    spill(fixture.first, missing);
    const OpenedJournal opened = fixture.open();
    CHECK(opened.damaged);
    CHECK(appends_of(opened.records) == 1u);
    CHECK(fs::exists(fixture.first.string() + ".damaged"));
}

TEST_CASE("a frame put in from another copy of a journal is damage, though its number fits") {
    const Fixture fixture, copy;
    fixture.write();
    fs::create_directories(copy.folder);
    fs::copy_file(fixture.first, copy.first);
    const std::size_t same_bytes = fs::file_size(fixture.first);
    const auto go_on = [](const Fixture& at, std::string_view text) {
        const OpenedJournal opened = at.open();
        for (const std::string_view last : {text, std::string_view("last")})
            REQUIRE(opened.file->append(std::vector{record(last)}).ok());
    };
    go_on(fixture, "here");
    go_on(copy, "then");  // as long, so that the frames lie in the same places
    Bytes mixed = slurp(fixture.first);
    const Bytes other = slurp(copy.first);
    REQUIRE(mixed.size() == other.size());
    const std::size_t frame_bytes = (mixed.size() - same_bytes) / 2;
    std::copy_n(other.begin() + static_cast<std::ptrdiff_t>(same_bytes), frame_bytes,
                mixed.begin() + static_cast<std::ptrdiff_t>(same_bytes));
    spill(fixture.first, mixed);
    CHECK(fixture.open().damaged);
}

TEST_CASE("a torn tail is not mistaken for damage because a batch in it holds frames of another journal") {
    const Fixture fixture, other;
    other.write();
    fixture.write();
    const std::uint64_t before = fs::file_size(fixture.first);
    { REQUIRE(fixture.open().file->append(std::vector{JournalRecord{Kind::batch, slurp(other.first)}}).ok()); }
    fs::resize_file(fixture.first, fs::file_size(fixture.first) - 1);
    const OpenedJournal opened = fixture.open();
    CHECK_FALSE(opened.damaged);
    CHECK(appends_of(opened.records) == 4u);
    CHECK(fs::file_size(fixture.first) == before);
}

TEST_CASE("a last frame that lost a block is damage, not a torn write") {
    const Fixture fixture;
    fixture.write();
    const std::size_t before = fs::file_size(fixture.first);
    { REQUIRE(fixture.open().file->append(std::vector{JournalRecord{Kind::batch, Bytes(2'000, 7)}}).ok()); }
    Bytes bytes = slurp(fixture.first);
    std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(before) + 700, bytes.end(), std::uint8_t{0});
    spill(fixture.first, bytes);
    CHECK(fixture.open().damaged);
}

TEST_CASE("a long frame that lost some of its bytes is damage and no torn write, as a good one follows it") {
    const Fixture fixture;
    fixture.write();
    const std::size_t before = fs::file_size(fixture.first);
    {
        const OpenedJournal opened = fixture.open();
        REQUIRE(opened.file->append(std::vector{JournalRecord{Kind::batch, Bytes(2'000, 7)}}).ok());
        REQUIRE(opened.file->append(std::vector{record("after")}).ok());
    }
    Bytes bytes = slurp(fixture.first);
    const auto hole = bytes.begin() + static_cast<std::ptrdiff_t>(before) + 700;
    bytes.erase(hole, hole + 1'000);
    spill(fixture.first, bytes);
    const OpenedJournal opened = fixture.open();
    CHECK(opened.damaged);
    CHECK(appends_of(opened.records) == 4u);
}

TEST_CASE("zeros behind the last frame are a torn tail") {
    const Fixture fixture;
    fixture.write();
    Bytes bytes = slurp(fixture.first);
    const std::size_t size = bytes.size();
    bytes.resize(size + 9'000);
    spill(fixture.first, bytes);
    const OpenedJournal opened = fixture.open();
    CHECK_FALSE(opened.damaged);
    CHECK(appends_of(opened.records) == 4u);
    CHECK(fs::file_size(fixture.first) == size);
}

TEST_CASE("a missing journal is not mistaken for a first start") {
    const Fixture fixture;
    fixture.write();
    fs::remove(fixture.first);
    CHECK(fixture.open().damaged);
}

TEST_CASE("a loss is not forgotten by a crash before anything was appended after it") {
    const Fixture fixture;
    fixture.write();
    SECTION("missing") { fs::remove(fixture.first); }
    SECTION("altered") {
        Bytes bytes = slurp(fixture.first);
        bytes[50] ^= 1;
        spill(fixture.first, bytes);
    }
    CHECK(fixture.open().damaged);
    {
        const OpenedJournal opened = fixture.open();
        CHECK(opened.damaged);
        REQUIRE(opened.file->append(std::vector{record("stay silent")}).ok());
    }
    const OpenedJournal opened = fixture.open();
    CHECK_FALSE(opened.damaged);
    CHECK(opened.records.back().body == to_bytes("stay silent"));
}

TEST_CASE("a file whose name only looks like a journal's is left alone") {
    const Fixture fixture;
    fixture.write();
    spill(fixture.folder + "/journal.99999999999999999999999", to_bytes("a copy by hand"));
    CHECK(appends_of(fixture.open().records) == appends().size());
    CHECK(fs::exists(fixture.folder + "/journal.99999999999999999999999"));
}

TEST_CASE("a second process is refused, in words") {
    const Fixture fixture;
    const OpenedJournal first = fixture.open();
    const auto second = JournalFile::open(fixture.folder);
    REQUIRE_FALSE(second.ok());
    CHECK(second.error().code == Errc::unavailable);
    CHECK(second.error().text.find("another process") != std::string::npos);
}

TEST_CASE("rotation keeps what is live and removes the old file") {
    const Fixture fixture;
    fixture.write();
    {
        const OpenedJournal opened = fixture.open();
        REQUIRE(opened.file->rotate(std::vector{record("live")}).ok());
        REQUIRE(opened.file->append(std::vector{record("later")}).ok());
    }
    CHECK_FALSE(fs::exists(fixture.first));
    const OpenedJournal opened = fixture.open();
    CHECK(same(opened.records, {record("live"), record("later")}));
    REQUIRE(opened.file->rotate({}).ok());
}

TEST_CASE("a rotation that stopped anywhere leaves the old journal or the new one") {
    const Fixture fixture;
    fixture.write();
    const Bytes old = slurp(fixture.first);
    REQUIRE(fixture.open().file->rotate(std::vector{record("live")}).ok());
    const fs::path second = fs::path(fixture.folder) / "journal.00000002";
    spill(fixture.first, old);
    SECTION("while the new file was written") {
        const Bytes fresh = slurp(second);
        fs::remove(second);
        spill(second.string() + ".new", ByteView(fresh).first(fresh.size() / 2));
        CHECK(appends_of(fixture.open().records) == 4u);
        CHECK_FALSE(fs::exists(second.string() + ".new"));
    }
    SECTION("before the old file was removed") {
        CHECK(same(fixture.open().records, {record("live")}));
        CHECK_FALSE(fs::exists(fixture.first));
    }
}

TEST_CASE("a record of an unknown kind is damage, not a guess") {
    const Fixture fixture;
    { REQUIRE(fixture.open().file->append(std::vector{record("odd", static_cast<Kind>(9))}).ok()); }
    CHECK(fixture.open().damaged);
}

TEST_CASE("a record above the limit of a frame is refused and nothing is written") {
    const Fixture fixture;
    {
        const OpenedJournal opened = fixture.open();
        const std::vector<JournalRecord> large{{Kind::batch, Bytes(JournalFile::frame_bytes_max - 8)}};
        CHECK(opened.file->append(large).error().code == Errc::too_large);
        REQUIRE(opened.file->append(std::vector{record("small")}).ok());
    }
    CHECK(same(fixture.open().records, {record("small")}));
}

TEST_CASE("what is left of a damaged journal is kept in as many frames as it needs") {
    const Fixture fixture;
    {
        const OpenedJournal opened = fixture.open();
        const std::vector<JournalRecord> large{{Kind::batch, Bytes(1u << 20, 7)}};
        for (int i = 0; i < 65; ++i) REQUIRE(opened.file->append(large).ok());
    }
    Bytes bytes = slurp(fixture.first);
    bytes.back() ^= 1;
    spill(fixture.first, bytes);
    {
        const OpenedJournal opened = fixture.open();
        CHECK(opened.damaged);
        CHECK(opened.records.size() == 64);
        REQUIRE(opened.file->append(std::vector{record("stay silent")}).ok());
    }
    const OpenedJournal opened = fixture.open();
    CHECK_FALSE(opened.damaged);
    REQUIRE(opened.records.size() == 65);
    CHECK(opened.records.back().body == to_bytes("stay silent"));
}

TEST_CASE("after a failed write the journal refuses everything, and what was acknowledged is there") {
    const Fixture fixture;
    {
        const OpenedJournal opened = fixture.open();
        REQUIRE(opened.file->append(std::vector{record("safe")}).ok());
        rlimit usual{};
        REQUIRE(::getrlimit(RLIMIT_FSIZE, &usual) == 0);
        const auto handler = std::signal(SIGXFSZ, SIG_IGN);
        const rlimit tight{fs::file_size(fixture.first) + 10, usual.rlim_max};
        REQUIRE(::setrlimit(RLIMIT_FSIZE, &tight) == 0);
        const Status refused = opened.file->append(std::vector{record("lost")});
        REQUIRE(::setrlimit(RLIMIT_FSIZE, &usual) == 0);
        std::signal(SIGXFSZ, handler);
        REQUIRE_FALSE(refused.ok());
        CHECK(refused.error().code == Errc::io);
        CHECK(opened.file->append(std::vector{record("never")}).error().code == Errc::io);
        CHECK(opened.file->rotate({}).error().code == Errc::io);
    }
    const OpenedJournal opened = fixture.open();
    CHECK_FALSE(opened.damaged);
    CHECK(same(opened.records, {record("safe")}));
}
