// Tests sealed boxes and the channel keys in them. Laws: a box opens with the key it was made for, to its content, and
// with no other key; a changed, truncated or invented box is refused. A channel's key opens for its members only, each
// to the same key, and only under its number and time; a box with any content other than a key, its number and time is
// refused.
#include "crypto/sealed_box.hpp"

#include "node/member/channel_keys.hpp"
#include "tests/fuzz/input.hpp"
#include "tests/support/builders.hpp"

using namespace xinlian;
using namespace xinlian::fuzz;

namespace {

constexpr std::size_t members = 4;

const SecretKey& key(std::size_t i) {
    static const std::vector<SecretKey> keys = [] {
        std::vector<SecretKey> made;
        for (std::size_t n = 0; n < members; ++n)
            made.push_back(test::Federation::key(Suite::ed25519_sha256, "transport key", 1, n));
        return made;
    }();
    return keys.at(i % members);
}

void refused(const Result<Bytes>& opened) {
    XL_CHECK(!opened.ok());
    XL_CHECK(opened.error().code == Errc::invalid && !opened.error().text.empty());
}

// Opens bytes that nobody sealed; the input may have the length of a box.
void check_rubbish(Input in) {
    const SecretKey& mine = key(in.byte());
    refused(open_box(mine, in.rest()));
}

// Changes the box as the input says: changed, missing or additional bytes. Returns whether the box differs.
Bytes changed(Input& in, const Bytes& box) {
    Bytes out = box;
    for (int changes = in.byte() % 4; changes > 0; --changes) {
        std::uint8_t& at = out[in.two_bytes() % out.size()];
        at ^= in.byte();
    }
    const std::uint8_t size = in.byte();
    if (size >= 200) out.resize(out.size() - std::min<std::size_t>(out.size(), size - 199), 0);
    if (size < 50) out.resize(out.size() + size, in.byte());
    return out;
}

void check_box(Input in) {
    const std::size_t to = in.byte() % members, by = in.byte() % members;
    const Bytes plain = copy(in.take(in.two_bytes() % 512));
    const Bytes box = test::must(seal_for(key(to).public_key(), plain));
    XL_CHECK(box.size() == plain.size() + sealed_box_bytes);
    XL_CHECK(open_box(key(to), box).value() == plain);
    const Bytes other = changed(in, box);
    const auto opened = open_box(key(by), other);
    if (to != by || other != box) return refused(opened);
    XL_CHECK(opened.value() == plain);
}

// A public key from the input: whether or not its secret key exists, none of our keys opens what is sealed for it.
void check_foreign_key(Input in) {
    static const SecretKey chinese = test::Federation::key(Suite::sm2_sm3, "transport key", 1, 0);
    refused(seal_for(chinese.public_key(), in.rest()));
    Input bytes = in;
    refused(open_box(chinese, bytes.rest()));
    const auto named = PublicKey::from_bytes(Suite::ed25519_sha256, in.take(32));
    if (!named) return;
    const auto box = seal_for(*named, in.rest());
    if (!box) return refused(box);
    for (std::size_t i = 0; i < members; ++i) {
        if (key(i).public_key() != *named) refused(open_box(key(i), *box));
    }
}

const test::Federation& federation() {
    static const test::Federation one;
    return one;
}
const std::string& name_of_member(std::size_t i) { return federation().genesis().members().at(i % members).id; }
const SecretKey& transport_of(std::string_view id) {
    const auto& all = federation().genesis().members();
    return key(static_cast<std::size_t>(
        std::find_if(all.begin(), all.end(), [&](const auto& m) { return m.id == id; }) - all.begin()));
}

// A valid channel: its members open one key, and no other key opens it; then the input moves or changes something.
void check_channel(Input in) {
    std::vector<std::string> ids;
    for (std::size_t i = 0, who = in.byte() | 1; i < members; ++i) {
        if ((who >> i & 1) != 0) ids.push_back(name_of_member(i));
    }
    const auto number = static_cast<std::uint16_t>(1 + in.two_bytes() % 65'535);
    const auto epoch = static_cast<std::uint32_t>(in.two_bytes());
    ledger::Channel channel =
        test::must(node::make_channel(federation().genesis(), number, "zone", ids, {ledger::Category::penalty}, epoch));
    XL_CHECK(channel.members == ids && channel.sealed.size() == ids.size());
    const Hash opened = test::must(node::open_channel(channel, ids.front(), transport_of(ids.front())));
    for (std::size_t i = 0; i < members; ++i) {
        const std::string& id = name_of_member(i);
        const auto own = node::open_channel(channel, id, transport_of(id));
        XL_CHECK(own.ok() == (std::find(ids.begin(), ids.end(), id) != ids.end()));
        XL_CHECK(own.ok() ? *own == opened : own.error().code == Errc::not_found);
        XL_CHECK(!node::open_channel(channel, ids.front(), key(i)).ok() || id == ids.front());
    }
    const ledger::Channel whole = channel;
    channel.number = static_cast<std::uint16_t>(channel.number ^ in.byte());
    channel.key_epoch ^= in.byte();
    Bytes& box = channel.sealed.at(ids.front());
    box = changed(in, box);
    if (in.byte() % 4 == 3) std::swap(channel.sealed.at(ids.front()), channel.sealed.at(ids.back()));
    const auto again = node::open_channel(channel, ids.front(), transport_of(ids.front()));
    XL_CHECK(again.ok() == (channel == whole));
    XL_CHECK(again.ok() ? *again == opened : again.error().code == Errc::invalid);
}

// A box whose content is from the input: the key, then number and time, big-endian, and no more.
void check_content(Input in) {
    ledger::Channel channel;
    channel.number = static_cast<std::uint16_t>(in.two_bytes());
    channel.key_epoch = static_cast<std::uint32_t>(in.two_bytes());
    Bytes right(32, in.byte());
    for (const unsigned part : {channel.number >> 8, channel.number & 255, 0, 0}) {
        right.push_back(static_cast<std::uint8_t>(part));
    }
    right.push_back(static_cast<std::uint8_t>(channel.key_epoch >> 8));
    right.push_back(static_cast<std::uint8_t>(channel.key_epoch & 255));
    Bytes content = in.byte() % 2 == 0 ? right : copy(in.take(in.byte() % 64));
    const Bytes made = in.byte() % 2 == 0 || content.empty() ? content : changed(in, content);
    channel.sealed[name_of_member(0)] = test::must(seal_for(key(0).public_key(), made));
    const auto opened = node::open_channel(channel, name_of_member(0), key(0));
    const bool has_form = made.size() == right.size() && std::equal(right.begin() + 32, right.end(), made.begin() + 32);
    XL_CHECK(opened.ok() == has_form);
    XL_CHECK(!has_form || std::equal(made.begin(), made.begin() + 32, opened->bytes.begin()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Input in(data, size);
    switch (in.byte() % 5) {
        case 0:
            check_rubbish(in);
            break;
        case 1:
            check_box(in);
            break;
        case 2:
            check_foreign_key(in);
            break;
        case 3:
            check_channel(in);
            break;
        case 4:
            check_content(in);
            break;
    }
    return 0;
}
