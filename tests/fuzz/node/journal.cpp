// Laws of the vote journal on disk: what is read is always a prefix of what was written; an intact journal is read
// completely; a loss before a valid frame is reported as damage; afterwards the journal takes records again. Valid
// frames with any payload are read as what they hold, or refused.
#include <filesystem>

#include "node/storage/journal_file.hpp"
#include "tests/fuzz/input.hpp"

using namespace xinlian;
using namespace xinlian::node;
namespace fs = std::filesystem;

namespace {

// Builds frames as journal_file.hpp describes them, with independent code.
class Frames {
public:
    explicit Frames(std::uint64_t generation) {
        Writer number;
        number.integer(generation);
        link_ = tagged_hash(Suite::ed25519_sha256, "xinlian/v1/journal", {number.take(), marker_});
        out_.raw(marker_);
        out_.raw(link_.view().first(16));
    }
    void add(ByteView payload) {
        Writer number;
        number.integer(++number_);
        const Hash content = hash(Suite::ed25519_sha256, {number.take(), payload});
        link_ = hash(Suite::ed25519_sha256, {link_.view(), content.view()});
        out_.raw(marker_);
        out_.integer(static_cast<std::uint32_t>(payload.size()));
        out_.integer(number_);
        Writer head;
        head.integer(static_cast<std::uint32_t>(payload.size()));
        head.integer(number_);
        out_.raw(hash(Suite::ed25519_sha256, {marker_, head.take()}).view().first(4));
        out_.raw(content.view().first(16));
        out_.raw(link_.view().first(16));
        out_.raw(payload);
    }
    Bytes take() { return out_.take(); }

private:
    Bytes marker_{1, 2, 3, 4, 5, 6, 7, 8};
    Hash link_;
    std::uint64_t number_ = 0;
    Writer out_;
};

class Folder {
public:
    Folder() {
        std::string made = fs::exists("/dev/shm") ? "/dev/shm/xinlian-fuzz-XXXXXX" : "/tmp/xinlian-fuzz-XXXXXX";
        XL_CHECK(::mkdtemp(made.data()) != nullptr);
        path_ = made;
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder() { fs::remove_all(path_); }
    void clear() const {
        for (const auto& item : fs::directory_iterator(path_)) fs::remove(item.path());
    }
    const std::string& path() const { return path_; }
    // The newest file of the journal.
    std::string file() const {
        std::string last;
        for (const auto& item : fs::directory_iterator(path_)) {
            const std::string name = item.path().filename().string();
            if (name.starts_with("journal.") && !name.ends_with(".damaged")) last = std::max(last, name);
        }
        return path_ + "/" + last;
    }

private:
    std::string path_;
};

Bytes read(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}
void write(const std::string& path, const Bytes& bytes) {
    std::ofstream out(path, std::ios::binary | std::ios::trunc);
    out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

// One byte string, so that lists of records can be compared.
Bytes flat(std::span<const JournalRecord> records) {
    Writer writer;
    for (const JournalRecord& record : records) {
        writer.integer(static_cast<std::uint8_t>(record.kind));
        writer.integer(static_cast<std::uint32_t>(record.body.size()));
        writer.raw(record.body);
    }
    return writer.take();
}

OpenedJournal opened(const Folder& folder) {
    auto journal = JournalFile::open(folder.path());
    if (!journal) std::fprintf(stderr, "%s\n", journal.error().text.c_str());
    return *std::move(journal);
}

// Checks that the same records and one more are there after an append and a restart.
void check_goes_on(const Folder& folder, OpenedJournal journal) {
    const JournalRecord more{JournalRecord::Kind::core, {9, 9}};
    XL_CHECK(journal.file->append(std::span(&more, 1)).ok());
    journal.file.reset();
    journal.records.push_back(more);
    const OpenedJournal again = opened(folder);
    XL_CHECK(!again.damaged);
    XL_CHECK(flat(again.records) == flat(journal.records));
}

void damage(fuzz::Input& input, Bytes& bytes) {
    const std::size_t at = input.two_bytes() % (bytes.size() + 1);
    const auto place = bytes.begin() + static_cast<std::ptrdiff_t>(at);
    const std::size_t length = std::min<std::size_t>(input.byte(), bytes.size() - at);
    switch (input.byte() % 5) {
        case 0:
            bytes.resize(at);
            break;
        case 1:
            if (at < bytes.size()) bytes[at] ^= input.byte();
            break;
        case 2:
            for (const std::uint8_t byte : fuzz::copy(input.take(length))) bytes.push_back(byte);
            break;
        case 3:
            bytes.erase(place, place + static_cast<std::ptrdiff_t>(length));
            break;
        case 4: {
            const Bytes doubled(place, place + static_cast<std::ptrdiff_t>(length));
            bytes.insert(bytes.end(), doubled.begin(), doubled.end());
            break;
        }
    }
}

void write_damage_and_read(const Folder& folder, fuzz::Input input) {
    std::vector<JournalRecord> written;
    Bytes before;
    {
        const OpenedJournal fresh = opened(folder);
        XL_CHECK(fresh.records.empty() && !fresh.damaged);
        for (std::size_t frames = 1 + input.byte() % 6; frames > 0; --frames) {
            std::vector<JournalRecord> batch;
            for (std::size_t n = input.byte() % 4; n > 0; --n) {
                const auto kind = static_cast<JournalRecord::Kind>(1 + input.byte() % 5);
                batch.push_back({kind, fuzz::copy(input.take(input.byte() % 64))});
            }
            before = read(folder.file());
            if (input.byte() % 8 == 0) {
                written = std::move(batch);
                XL_CHECK(fresh.file->rotate(written).ok());
                before.clear();
            } else {
                XL_CHECK(fresh.file->append(batch).ok());
                written.insert(written.end(), batch.begin(), batch.end());
            }
        }
    }
    const Bytes whole = read(folder.file());
    const ByteView last_frame = ByteView(whole).subspan(before.size());
    Bytes bytes = whole;
    for (std::size_t n = input.byte() % 4; n > 0; --n) damage(input, bytes);
    write(folder.file(), bytes);

    OpenedJournal journal = opened(folder);
    const Bytes expected = flat(written), found = flat(journal.records);
    XL_CHECK(found.size() <= expected.size());
    XL_CHECK(std::equal(found.begin(), found.end(), expected.begin()));
    if (bytes == whole) XL_CHECK(!journal.damaged && found == expected);
    const bool ends_well =
        !before.empty() && bytes.size() >= last_frame.size() &&
        std::equal(last_frame.begin(), last_frame.end(), bytes.end() - static_cast<std::ptrdiff_t>(last_frame.size()));
    if (ends_well && found != expected) XL_CHECK(journal.damaged);
    if (journal.damaged) XL_CHECK(!journal.detail.empty());
    check_goes_on(folder, std::move(journal));
}

void read_any_payload(const Folder& folder, fuzz::Input input) {
    Frames frames(1);
    Bytes held;
    for (std::size_t n = 1 + input.byte() % 3; n > 0; --n) {
        const ByteView payload = n == 1 ? input.rest() : input.take(input.byte());
        frames.add(payload);
        if (payload.size() >= 4) held.insert(held.end(), payload.begin() + 4, payload.end());
    }
    write(folder.path() + "/journal.00000001", frames.take());
    write(folder.path() + "/STARTED", {});
    OpenedJournal journal = opened(folder);
    if (!journal.damaged) XL_CHECK(flat(journal.records) == held);
    check_goes_on(folder, std::move(journal));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Folder folder;
    folder.clear();
    fuzz::Input input(data, size);
    if (input.byte() % 4 == 0) {
        read_any_payload(folder, input);
    } else {
        write_damage_and_read(folder, input);
    }
    return 0;
}
