// Measures a federation of four nodes on this machine, with fsync, TLS and signatures: `./run bench` runs this.
// It starts the nodes in a temporary folder, loads them over HTTP on loopback, prints one table and stops the nodes.
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/json.hpp>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <filesystem>
#include <fstream>
#include <map>
#include <thread>

#include "ledger/proof/verify.hpp"
#include "net/http.hpp"
#include "node/member/member_files.hpp"
#include "tests/support/issuing.hpp"

namespace fs = std::filesystem;
namespace json = boost::json;
using namespace xinlian;
using Steady = std::chrono::steady_clock;
using test::Issuer;
using test::Prepared;

namespace {

constexpr Duration answer_deadline{60'000};

[[noreturn]] void stop(const std::string& why) {
    std::fprintf(stderr, "bench: %s\n", why.c_str());
    std::exit(2);
}
template <class T>
T need(Result<T> result, const char* what) {
    if (!result) stop(std::string(what) + ": " + result.error().text);
    return *std::move(result);
}

double seconds_since(Steady::time_point start) { return std::chrono::duration<double>(Steady::now() - start).count(); }

pid_t spawn(const std::vector<std::string>& arguments, const std::string& log) {
    const pid_t child = fork();
    if (child != 0) return child;
    const int out = ::open(log.c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600);
    dup2(out, 1);
    dup2(out, 2);
    std::vector<char*> argv;
    for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    execv(argv[0], argv.data());
    _exit(127);
}

int run_to_end(const std::vector<std::string>& arguments, const std::string& log) {
    int status = 0;
    waitpid(spawn(arguments, log), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

// User and system seconds of a running process (proc(5), stat fields 14 and 15).
double cpu_seconds(pid_t pid) {
    std::ifstream in("/proc/" + std::to_string(pid) + "/stat");
    std::string text((std::istreambuf_iterator<char>(in)), {});
    const std::size_t after_name = text.rfind(')');
    if (after_name == std::string::npos) return 0;
    std::istringstream fields(text.substr(after_name + 2));
    std::string skip;
    for (int i = 3; i < 14; ++i) fields >> skip;
    double user = 0, system = 0;
    fields >> user >> system;
    return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

std::uint64_t resident_bytes(pid_t pid) {
    std::ifstream in("/proc/" + std::to_string(pid) + "/statm");
    std::uint64_t size = 0, resident = 0;
    in >> size >> resident;
    return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

std::uint64_t folder_bytes(const fs::path& folder) {
    std::uint64_t bytes = 0;
    for (const auto& item : fs::recursive_directory_iterator(folder)) {
        if (item.is_regular_file()) bytes += item.file_size();
    }
    return bytes;
}

double percentile(std::vector<double> values, double p) {
    if (values.empty()) return 0;
    std::sort(values.begin(), values.end());
    return values[static_cast<std::size_t>(p * static_cast<double>(values.size() - 1))];
}

struct Node {
    std::string id, url;
    node::MemberFiles files;
    pid_t pid = 0;
};

std::vector<Prepared> prepare(const ledger::Genesis& genesis, Issuer& issuer, std::size_t batches, std::size_t rows,
                              std::vector<Hash>& records) {
    std::vector<Prepared> prepared;
    for (std::size_t b = 0; b < batches; ++b) {
        prepared.push_back(need(test::next_batch(genesis, issuer, rows), "make a batch"));
        records.push_back(prepared.back().first_record);
    }
    return prepared;
}

void expect_final(const net::HttpResponse& response) {
    if (response.status != 200 || response.body.find("\"accepted\"") == std::string::npos) {
        stop("a batch was not accepted: " + std::to_string(response.status) + " " + response.body);
    }
}

// Keeps `window` batches in flight; returns the latencies from the POST to the receipt, in seconds.
std::vector<double> submit_all(const std::string& url, const std::vector<Prepared>& batches, std::size_t window) {
    auto sender = need(net::HttpClient::to(url), "client"), waiter = need(net::HttpClient::to(url), "client");
    std::vector<double> latencies;
    std::deque<std::pair<Hash, Steady::time_point>> flying;
    const auto settle = [&] {
        for (;;) {
            const auto response =
                need(waiter->request("GET", "/v1/batches/" + flying.front().first.hex() + "/receipt?wait_ms=30000", "",
                                     "", answer_deadline),
                     "receipt");
            if (response.status == 202) continue;
            expect_final(response);
            break;
        }
        latencies.push_back(seconds_since(flying.front().second));
        flying.pop_front();
    };
    for (const Prepared& batch : batches) {
        if (flying.size() >= window) settle();
        const auto start = Steady::now();
        for (;;) {
            const auto response =
                need(sender->request("POST", "/v1/batches", "application/octet-stream", batch.encoded, answer_deadline),
                     "submit");
            if (response.status == 200 || response.status == 202) break;
            if (response.status != 429) stop("submit: " + std::to_string(response.status) + " " + response.body);
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
        }
        flying.emplace_back(batch.id, start);
    }
    while (!flying.empty()) settle();
    return latencies;
}

class Bench {
public:
    Bench(std::string bin, std::string suite, double scale)
        : bin_(std::move(bin)), suite_(std::move(suite)), scale_(scale) {}
    ~Bench() {
        for (const Node& node : nodes_) {
            if (node.pid > 0) kill(node.pid, SIGTERM);
        }
        for (const Node& node : nodes_) {
            if (node.pid > 0) waitpid(node.pid, nullptr, 0);
        }
        if (!folder_.empty()) fs::remove_all(folder_);
    }

    void start(std::uint16_t port) {
        std::string pattern = (fs::temp_directory_path() / "xinlian-bench-XXXXXX").string();
        if (mkdtemp(pattern.data()) == nullptr) stop("no temporary folder");
        folder_ = pattern;
        const std::string federation = folder_ + "/federation", log = folder_ + "/bench.log";
        const std::vector<std::string> members = {"310000", "320000", "330000", "340000"};
        if (run_to_end({bin_ + "/xinlian", "federation", "create", "--out", federation, "--members",
                        "310000,320000,330000,340000", "--suite", suite_, "--base-port", std::to_string(port),
                        "--api-base-port", std::to_string(port + 10), "--unprotected"},
                       log) != 0) {
            stop("federation create failed; see " + log);
        }
        genesis_.emplace(need(ledger::Genesis::load(federation + "/genesis.json"), "genesis"));
        for (std::size_t i = 0; i < members.size(); ++i) {
            Node node{
                members[i], "http://127.0.0.1:" + std::to_string(port + 10 + i), {federation + "/" + members[i]}, 0};
            node.pid = spawn({bin_ + "/xinliand", "--folder", node.files.folder}, folder_ + "/" + node.id + ".log");
            nodes_.push_back(node);
            Issuer issuer{node.id, nullptr, 1, {}};
            issuer.key = std::make_unique<SecretKey>(
                need(open_key_file(node.files.key("issuer"), KeyPurpose::issuer, ""), "issuer key"));
            issuers_.push_back(std::move(issuer));
        }
        for (const Node& node : nodes_) wait_ready(node);
    }

    void idle_latency() {
        std::vector<double> latencies;
        const auto batches =
            prepare(*genesis_, issuers_[0], static_cast<std::size_t>(std::max(10.0, 60 * scale_)), 1, records_);
        auto client = need(net::HttpClient::to(nodes_[0].url), "client");
        for (const Prepared& batch : batches) {
            std::this_thread::sleep_for(std::chrono::milliseconds(150));
            const auto start = Steady::now();
            expect_final(need(client->request("POST", "/v1/batches?wait_ms=30000", "application/octet-stream",
                                              batch.encoded, answer_deadline),
                              "submit"));
            latencies.push_back(seconds_since(start));
        }
        entries_ += batches.size();
        std::printf("single row, idle federation: p50 %.1f ms, p99 %.1f ms from submit to receipt (n=%zu)\n",
                    1e3 * percentile(latencies, 0.5), 1e3 * percentile(latencies, 0.99), latencies.size());
    }

    void throughput(std::size_t rows, std::size_t batches_per_issuer, std::size_t window) {
        batches_per_issuer =
            std::max<std::size_t>(2, static_cast<std::size_t>(static_cast<double>(batches_per_issuer) * scale_));
        std::vector<std::vector<Prepared>> prepared;
        for (Issuer& issuer : issuers_)
            prepared.push_back(prepare(*genesis_, issuer, batches_per_issuer, rows, records_));
        double cpu = 0;
        for (const Node& node : nodes_) cpu -= cpu_seconds(node.pid);
        const auto start = Steady::now();
        std::vector<std::thread> threads;
        std::vector<std::vector<double>> latencies(issuers_.size());
        for (std::size_t i = 0; i < issuers_.size(); ++i) {
            threads.emplace_back([&, i] { latencies[i] = submit_all(nodes_[i].url, prepared[i], window); });
        }
        for (std::thread& thread : threads) thread.join();
        const double seconds = seconds_since(start);
        for (const Node& node : nodes_) cpu += cpu_seconds(node.pid);
        std::vector<double> all;
        for (const auto& part : latencies) all.insert(all.end(), part.begin(), part.end());
        const double records = static_cast<double>(rows * batches_per_issuer * issuers_.size());
        entries_ += static_cast<std::size_t>(records);
        std::printf(
            "batches of %6zu: %8.0f records/s committed by 4 nodes  p50 %7.1f ms  p99 %7.1f ms  CPU %6.2f us per "
            "record and node  (%.0f records, %.1f s)\n",
            rows, records / seconds, 1e3 * percentile(all, 0.5), 1e3 * percentile(all, 0.99), 1e6 * cpu / records / 4,
            records, seconds);
        std::fflush(stdout);
    }

    void sizes() {
        std::uint64_t data = 0, memory = 0;
        for (const Node& node : nodes_) {
            data += folder_bytes(node.files.folder + "/data");
            memory += resident_bytes(node.pid);
        }
        const double each = static_cast<double>(entries_) * static_cast<double>(nodes_.size());
        std::printf(
            "on disk: %.0f bytes per record and node (all of data/); in memory: %.0f bytes per record and node "
            "(resident)\n",
            static_cast<double>(data) / each, static_cast<double>(memory) / each);
        ledger::LogEntry entry;
        entry.issuer = "310000";
        std::printf("in the log: %zu bytes per entry\n", encode(entry).size());
    }

    void proofs() {
        auto client = need(net::HttpClient::to(nodes_[1].url), "client");
        std::vector<double> build, check, size;
        for (std::size_t i = 0; i < 100; ++i) {
            const Hash& record = records_[i * records_.size() / 100];
            auto start = Steady::now();
            const auto response =
                need(client->request("GET", "/v1/proofs/record/" + record.hex(), "", "", answer_deadline), "proof");
            build.push_back(seconds_since(start));
            if (response.status != 200) stop("proof: " + response.body);
            start = Steady::now();
            const auto proof = need(ledger::parse_proof(as_bytes(response.body)), "parse");
            const auto finding = need(ledger::verify_proof(*genesis_, proof), "verify");
            check.push_back(seconds_since(start));
            if (!content_of(finding)->is_current()) stop("a proof says that a current record is not");
            size.push_back(static_cast<double>(response.body.size()));
        }
        std::printf(
            "record proofs over %zu entries: %.0f bytes (p50), built and fetched in p50 %.2f ms p99 %.2f ms, parsed "
            "and verified in p50 %.2f ms p99 %.2f ms\n",
            entries_, percentile(size, 0.5), 1e3 * percentile(build, 0.5), 1e3 * percentile(build, 0.99),
            1e3 * percentile(check, 0.5), 1e3 * percentile(check, 0.99));
    }

    // A federation of its own file: the vault must know the whole feed, so this runs on a fresh one, before everything
    // else.
    void import() {
        const std::size_t rows = static_cast<std::size_t>(20'000 * std::min(1.0, scale_));
        const std::string samples = folder_ + "/samples", log = folder_ + "/import.log";
        if (run_to_end({bin_ + "/xinlian", "sample", "--out", samples, "--rows", std::to_string(rows)}, log) != 0)
            stop("sample failed; see " + log);
        rusage before{}, after{};
        getrusage(RUSAGE_CHILDREN, &before);
        const auto start = Steady::now();
        const int code = run_to_end({bin_ + "/xinlian", "import", samples + "/340000-penalties-labels.csv", "--as",
                                     "340000", "--folder", nodes_[3].files.folder, "--node", nodes_[3].url},
                                    log);
        const double seconds = seconds_since(start);
        getrusage(RUSAGE_CHILDREN, &after);
        if (code > 1) stop("import failed; see " + log);
        const auto cpu = [](const rusage& u) {
            return static_cast<double>(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
                   1e-6 * static_cast<double>(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
        };
        const double spent = cpu(after) - cpu(before);
        std::printf(
            "import: %zu rows in %.2f s with the federation on the same machine; importer alone %.0f rows per "
            "CPU-second\n",
            rows, seconds, static_cast<double>(rows) / spent);
        auto client = need(net::HttpClient::to(nodes_[3].url), "client");
        const auto feed = need(client->request("GET", "/v1/feeds/340000", "", "", answer_deadline), "feed");
        const json::object body = json::parse(feed.body).as_object();
        issuers_[3].next_sequence = body.at("next_sequence").to_number<std::uint64_t>();
        issuers_[3].head = need(hash_from_hex(body.at("head").as_string()), "head");
        const auto status = need(client->request("GET", "/v1/status", "", "", answer_deadline), "status");
        entries_ += json::parse(status.body).as_object().at("log_size").to_number<std::uint64_t>();
    }

private:
    void wait_ready(const Node& node) {
        auto client = need(net::HttpClient::to(node.url), "client");
        for (int i = 0; i < 200; ++i) {
            const auto response = client->request("GET", "/v1/status", "", "", Duration{1'000});
            if (response && response->status == 200) {
                const json::value body = json::parse(response->body);
                std::size_t connected = 0;
                for (const auto& peer : body.as_object().at("peers").as_array()) {
                    connected += peer.as_object().at("connected").as_bool() ? 1 : 0;
                }
                if (connected == 3) return;
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(50));
        }
        stop("node " + node.id + " did not become ready; see " + folder_);
    }

    std::string bin_, suite_, folder_;
    double scale_ = 1;
    std::optional<ledger::Genesis> genesis_;
    std::vector<Node> nodes_;
    std::vector<Issuer> issuers_;
    std::vector<Hash> records_;
    std::size_t entries_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{"Measures a federation of four nodes on this machine."};
    std::string bin = ".", suite = "ed25519-sha256";
    double scale = 1;
    std::uint16_t port = 18300;
    app.add_option("--bin", bin, "folder of xinlian and xinliand");
    app.add_option("--suite", suite);
    app.add_option("--scale", scale, "how much of the full load to run")->check(CLI::Range(0.01, 100.0));
    app.add_option("--port", port, "first of 20 loopback ports");
    CLI11_PARSE(app, argc, argv);
    signal(SIGPIPE, SIG_IGN);
    std::printf("suite %s, 4 nodes on %u cores, TLS 1.3, fdatasync per vote, synced LevelDB commit per block\n",
                suite.c_str(), std::thread::hardware_concurrency());
    Bench bench(bin, suite, scale);
    bench.start(port);
    bench.import();
    bench.idle_latency();
    bench.throughput(1, 500, 64);
    bench.throughput(100, 200, 16);
    bench.throughput(1'000, 60, 6);
    bench.throughput(10'000, 6, 2);
    bench.sizes();
    bench.proofs();
    return 0;
}
