#include "node/member/federation.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <filesystem>
#include <optional>
#include <set>
#include <system_error>
#include <thread>

#include "crypto/files.hpp"
#include "crypto/random.hpp"
#include "net/network.hpp"
#include "node/member/member_files.hpp"

namespace xinlian::node {

namespace {

inline constexpr std::size_t host_bytes_max = 253;  // RFC 1035
inline constexpr std::size_t workers_max = 4;       // each needs 64 MiB to seal a key

// One key file to be written. The views point into the keys held by create_federation.
struct KeyJob {
    std::string path;
    KeyFile about;
    ByteView secret;
};

struct NewMember {
    ledger::Member member;
    std::optional<SecretKey> validator, issuer;
    SecretKey transport;
    Hash record_key;
};

Status check_ports(const FederationPlan& plan) {
    const std::size_t count = plan.members.size() + plan.observers.size();
    for (const std::size_t base : {plan.base_port, plan.api_base_port}) {
        if (base == 0 || base + count > 65536) {
            return invalid("ports " + std::to_string(base) + " to " + std::to_string(base + count - 1) +
                           " are not all between 1 and 65535; choose another base port");
        }
    }
    const std::size_t gap = static_cast<std::size_t>(std::abs(int{plan.base_port} - int{plan.api_base_port}));
    if (gap < count) {
        return invalid("--base-port and --api-base-port must be at least " + std::to_string(count) +
                       " apart, so that each member has its own port");
    }
    return Status();
}

// The host is written to node.toml in quotes.
Status check_host(const std::string& host) {
    const auto fits = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '-' ||
               c == ':';
    };
    if (host.empty() || host.size() > host_bytes_max || !std::all_of(host.begin(), host.end(), fits)) {
        return invalid("--host \"" + host + "\" is neither a host name nor an address");
    }
    return Status();
}

Status check_plan(const FederationPlan& plan) {
    if (plan.members.size() < 4)
        return invalid("a federation must have at least 4 members to tolerate the failure of one");
    if (plan.members.size() > committee_max) {
        return invalid("a federation has at most " + std::to_string(committee_max) +
                       " validators; add the others as observers");
    }
    if (plan.members.size() + plan.observers.size() + plan.bureaus.size() > ledger::members_max)
        return invalid("too many members");
    std::set<std::string> seen;
    for (const auto* list : {&plan.members, &plan.observers, &plan.bureaus}) {
        for (const std::string& id : *list) {
            XL_TRY_STATUS(ledger::check_member_id(id));
            if (!seen.insert(id).second) return invalid("member " + id + " is listed twice");
        }
    }
    XL_TRY_STATUS(check_ports(plan));
    XL_TRY_STATUS(check_host(plan.host));
    if (plan.protection == Protection::passphrase && plan.passphrase.empty()) {
        return invalid(
            "key files need a passphrase (XINLIAN_PASSPHRASE, XINLIAN_PASSPHRASE_FILE or a terminal), or "
            "--unprotected");
    }
    return Status();
}

enum class Kind : std::uint8_t { voter, observer, bureau };

NewMember make_member(const FederationPlan& plan, const std::string& id, Kind kind) {
    NewMember made{.member = {},
                   .validator = {},
                   .issuer = {},
                   .transport = SecretKey::generate(Suite::ed25519_sha256),
                   .record_key = random_hash()};
    made.member.id = id;
    made.member.name = name_of_member(id);
    made.member.transport_key = made.transport.public_key();
    made.member.roles.observer = kind == Kind::observer;
    if (kind == Kind::observer) return made;
    made.issuer = SecretKey::generate(plan.suite);
    made.member.roles.bureau = kind == Kind::bureau;
    if (kind == Kind::voter) {
        made.member.roles.validator = made.member.roles.issuer = true;
        made.validator = SecretKey::generate(plan.suite);
        made.member.validator_key = made.validator->public_key();
    }
    made.member.issuer_key = made.issuer->public_key();
    return made;
}

std::string address(const std::string& host, std::size_t port) {
    const bool v6 = host.find(':') != std::string::npos;
    return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

std::string print_config(const FederationPlan& plan, const std::vector<NewMember>& members, std::size_t self) {
    const auto quoted = [](const std::string& text) { return "\"" + text + "\"\n"; };
    std::string text = "# " + members[self].member.name + "\n";
    text += "member = " + quoted(members[self].member.id);
    text += "\n[peer]\nlisten = " + quoted(address(plan.host, plan.base_port + self));
    text += "\n[api]\nlisten = " + quoted(address(plan.host, plan.api_base_port + self));
    text += "\n[log]\nlevel = \"info\"  # trace debug info warn error\n";
    text += "\n[storage]\nfolder = \"data\"\n";
    for (std::size_t i = 0; i < members.size(); ++i) {
        if (i == self || members[i].member.roles.bureau) continue;
        text += "\n[[peers]]\nid = " + quoted(members[i].member.id);
        text += "address = " + quoted(address(plan.host, plan.base_port + i));
    }
    return text;
}

void add_key_jobs(const FederationPlan& plan, const NewMember& made, const Hash& channel_key,
                  std::vector<KeyJob>& jobs) {
    const MemberFiles files{plan.out + "/" + made.member.id};
    const auto add = [&](KeyPurpose purpose, std::string_view name, const SecretKey& key) {
        jobs.push_back({files.key(name), {purpose, key.suite(), made.member.id, key.public_key().text()}, key.seed()});
    };
    add(KeyPurpose::transport, "transport", made.transport);
    if (made.validator) add(KeyPurpose::validator, "validator", *made.validator);
    if (!made.issuer) return;
    add(KeyPurpose::issuer, "issuer", *made.issuer);
    jobs.push_back(
        {files.key("channel"), {KeyPurpose::channel, plan.suite, made.member.id, "channel"}, channel_key.view()});
    jobs.push_back(
        {files.key("record"), {KeyPurpose::channel, plan.suite, made.member.id, "record"}, made.record_key.view()});
}

// Sealing a key is slow by design, so several threads are used.
Status write_keys(const FederationPlan& plan, const std::vector<KeyJob>& jobs) {
    std::atomic<std::size_t> next{0};
    std::vector<Status> results(jobs.size());
    const auto work = [&] {
        for (std::size_t i = next++; i < jobs.size(); i = next++) {
            results[i] = write_key_file(jobs[i].path, jobs[i].about, jobs[i].secret, plan.protection, plan.passphrase);
        }
    };
    const std::size_t wanted = std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, workers_max);
    std::vector<std::thread> workers;
    for (std::size_t i = 0; i < wanted; ++i) workers.emplace_back(work);
    for (std::thread& worker : workers) worker.join();
    for (const Status& result : results) XL_TRY_STATUS(Status(result));
    return Status();
}

Status write_members(const FederationPlan& plan, const std::vector<NewMember>& members, const std::string& genesis) {
    const Hash channel_key = random_hash();
    std::vector<KeyJob> jobs;
    for (std::size_t i = 0; i < members.size(); ++i) {
        const MemberFiles files{plan.out + "/" + members[i].member.id};
        XL_TRY_STATUS(make_folder(files.folder));
        XL_TRY_STATUS(make_folder(files.folder + "/keys"));
        XL_TRY_STATUS(make_folder(files.folder + "/data"));
        XL_TRY_STATUS(write_file(files.genesis(), as_bytes(genesis), 0644, Existing::refuse));
        // A bureau has no node of its own.
        if (!members[i].member.roles.bureau)
            XL_TRY_STATUS(write_file(files.config(), as_bytes(print_config(plan, members, i)), 0644, Existing::refuse));
        XL_TRY(const std::string pem, net::make_certificate(members[i].transport, members[i].member.id));
        XL_TRY_STATUS(write_file(files.transport_certificate(), as_bytes(pem), 0644, Existing::refuse));
        add_key_jobs(plan, members[i], channel_key, jobs);
    }
    XL_TRY_STATUS(write_keys(plan, jobs));
    // Last: the folder is complete once its genesis file exists.
    return write_file(plan.out + "/genesis.json", as_bytes(genesis), 0644, Existing::refuse);
}

// The folder was empty before, so everything in it was made by this call.
void remove_members(const FederationPlan& plan, const std::vector<NewMember>& members) {
    std::error_code ignored;
    for (const NewMember& made : members) std::filesystem::remove_all(plan.out + "/" + made.member.id, ignored);
    std::filesystem::remove(plan.out + "/genesis.json", ignored);
}

}  // namespace

std::string name_of_member(std::string_view id) {
    struct Known {
        std::string_view id, place;
    };
    static constexpr std::array<Known, 4> known{
        {{"310000", "上海市"}, {"320000", "江苏省"}, {"330000", "浙江省"}, {"340000", "安徽省"}}};
    for (const Known& member : known) {
        if (member.id == id) return std::string(member.place) + "公共信用信息中心";
    }
    return std::string(id);
}

Result<ledger::Genesis> create_federation(const FederationPlan& plan) {
    XL_TRY_STATUS(check_plan(plan));
    XL_TRY(const bool free, is_free(plan.out));
    if (!free) return Error{Errc::conflict, plan.out + " is not empty; choose a new or empty folder"};
    std::vector<NewMember> members;
    for (const std::string& id : plan.members) members.push_back(make_member(plan, id, Kind::voter));
    for (const std::string& id : plan.observers) members.push_back(make_member(plan, id, Kind::observer));
    for (const std::string& id : plan.bureaus) members.push_back(make_member(plan, id, Kind::bureau));
    std::vector<ledger::Member> named;
    named.reserve(members.size());
    for (const NewMember& made : members) named.push_back(made.member);
    const std::string text = ledger::print_genesis(plan.name, plan.suite, plan.time, named, {});
    XL_TRY(ledger::Genesis genesis,
           ledger::Genesis::parse(text));  // the same check as the daemons, before anything is written
    XL_TRY_STATUS(make_folder(plan.out));
    if (Status status = write_members(plan, members, text); !status) {
        remove_members(plan, members);
        return std::move(status).error();
    }
    return genesis;
}

}  // namespace xinlian::node
