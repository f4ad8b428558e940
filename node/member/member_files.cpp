#include "node/member/member_files.hpp"

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "crypto/files.hpp"
#include "node/member/passphrase.hpp"

namespace xinlian::node {

namespace {

// Switches the terminal's echo off during its lifetime.
class Silence {
public:
    explicit Silence(int terminal) : terminal_(terminal) {
        if (::tcgetattr(terminal_, &before_) != 0) return;
        termios quiet = before_;
        quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        quiet.c_lflag |= ICANON | ECHONL;
        silent_ = ::tcsetattr(terminal_, TCSAFLUSH, &quiet) == 0;
    }
    Silence(const Silence&) = delete;
    Silence& operator=(const Silence&) = delete;
    ~Silence() {
        if (silent_) ::tcsetattr(terminal_, TCSAFLUSH, &before_);
    }
    bool silent() const { return silent_; }

private:
    int terminal_;
    termios before_{};
    bool silent_ = false;
};

Error too_long() {
    return Error{Errc::too_large, "a passphrase must have at most " + std::to_string(passphrase_bytes_max) + " bytes"};
}

Result<std::string> read_line(int terminal) {
    std::string line;
    char c = 0;
    while (true) {
        const ssize_t got = ::read(terminal, &c, 1);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return Error{Errc::io, "the terminal cannot be read"};
        if (got == 0 || c == '\n') return line;
        if (line.size() == passphrase_bytes_max) return too_long();
        line.push_back(c);
    }
}

Result<std::string> ask(int terminal, const std::string& question) {
    const Silence silence(terminal);
    if (!silence.silent())
        return Error{Errc::io, "the echo of the terminal cannot be disabled; use XINLIAN_PASSPHRASE_FILE"};
    const std::string prompt = question + ": ";
    if (::write(terminal, prompt.data(), prompt.size()) < 0) return Error{Errc::io, "the terminal cannot be written"};
    return read_line(terminal);
}

// Reads the passphrase from the environment; empty if no variable is set.
Result<std::optional<std::string>> passphrase_of(const char* variable, const char* file_variable) {
    if (const char* value = std::getenv(variable)) {
        std::string passphrase(value);
        if (passphrase.size() > passphrase_bytes_max) return too_long();
        return std::optional(std::move(passphrase));
    }
    const char* path = std::getenv(file_variable);
    if (path == nullptr) return std::optional<std::string>();
    auto bytes = read_file(path, passphrase_bytes_max + 2);  // a line may end in CR LF
    if (!bytes) return within(file_variable, std::move(bytes).error());
    std::string passphrase(as_text(*bytes));
    while (passphrase.ends_with('\n') || passphrase.ends_with('\r')) passphrase.pop_back();
    if (passphrase.size() > passphrase_bytes_max) return too_long();
    return std::optional(std::move(passphrase));
}

class Terminal {
public:
    Terminal() : fd_(::isatty(STDIN_FILENO) == 1 ? ::open("/dev/tty", O_RDWR | O_CLOEXEC) : -1) {}
    Terminal(const Terminal&) = delete;
    Terminal& operator=(const Terminal&) = delete;
    ~Terminal() {
        if (fd_ >= 0) ::close(fd_);
    }
    bool there() const { return fd_ >= 0; }
    int fd() const { return fd_; }

private:
    int fd_;
};

Result<std::string> ask_twice(const std::string& purpose, const std::string& again) {
    const Terminal terminal;
    if (!terminal.there()) return std::string();
    XL_TRY(std::string first, ask(terminal.fd(), purpose));
    XL_TRY(const std::string second, ask(terminal.fd(), again));
    if (first != second) return Error{Errc::invalid, "the two passphrases differ; start again"};
    return first;
}

}  // namespace

Result<std::string> read_passphrase(const std::string& purpose) {
    XL_TRY(auto given, passphrase_of("XINLIAN_PASSPHRASE", "XINLIAN_PASSPHRASE_FILE"));
    if (given) return *std::move(given);
    const Terminal terminal;
    if (!terminal.there()) return std::string();
    return ask(terminal.fd(), purpose);
}

Result<std::string> read_new_passphrase(const std::string& purpose, const std::string& again) {
    XL_TRY(auto given, passphrase_of("XINLIAN_PASSPHRASE", "XINLIAN_PASSPHRASE_FILE"));
    if (given) return *std::move(given);
    return ask_twice(purpose, again);
}

Result<std::string> read_replacement_passphrase(const std::string& purpose, const std::string& again) {
    XL_TRY(auto given, passphrase_of("XINLIAN_NEW_PASSPHRASE", "XINLIAN_NEW_PASSPHRASE_FILE"));
    if (given) return *std::move(given);
    return ask_twice(purpose, again);
}

}  // namespace xinlian::node
