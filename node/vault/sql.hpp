// A wrapper of SQLite's C interface: a statement that binds and reads this project's types and is reset at the end of
// its use.
#pragma once

#include <sqlite3.h>

#include <memory>
#include <string>

#include "crypto/hash.hpp"

namespace xinlian::node {

struct CloseSql {
    void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using SqlDatabase = std::unique_ptr<sqlite3, CloseSql>;
using SqlStatement = std::unique_ptr<sqlite3_stmt, CloseSql>;

// Errc::busy, Errc::corrupt or Errc::io, with SQLite's message.
inline Error sql_error(sqlite3* db, const char* doing) {
    const int code = sqlite3_errcode(db) & 0xFF;
    const Errc errc = code == SQLITE_BUSY || code == SQLITE_LOCKED      ? Errc::busy
                      : code == SQLITE_CORRUPT || code == SQLITE_NOTADB ? Errc::corrupt
                                                                        : Errc::io;
    return Error{errc, std::string("vault: ") + doing + ": " + sqlite3_errmsg(db)};
}

inline Status sql_run(sqlite3* db, const char* sql) {
    if (sqlite3_exec(db, sql, nullptr, nullptr, nullptr) != SQLITE_OK) return sql_error(db, sql);
    return {};
}

inline Result<SqlStatement> sql_prepare(sqlite3* db, const char* sql) {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr) != SQLITE_OK) {
        return sql_error(db, sql);
    }
    return SqlStatement(statement);
}

// One use of a prepared statement. Bound values must outlive it.
class SqlUse {
public:
    explicit SqlUse(const SqlStatement& statement) : statement_(statement.get()) {}
    ~SqlUse() {
        sqlite3_reset(statement_);
        sqlite3_clear_bindings(statement_);
    }
    SqlUse(const SqlUse&) = delete;
    SqlUse& operator=(const SqlUse&) = delete;

    SqlUse& number(std::uint64_t value) {
        sqlite3_bind_int64(statement_, ++bound_, static_cast<sqlite3_int64>(value));
        return *this;
    }
    SqlUse& blob(ByteView value) {
        sqlite3_bind_blob64(statement_, ++bound_,
                            value.empty() ? reinterpret_cast<const std::uint8_t*>("") : value.data(), value.size(),
                            SQLITE_STATIC);
        return *this;
    }
    SqlUse& text(std::string_view value) {
        sqlite3_bind_text64(statement_, ++bound_, value.data(), value.size(), SQLITE_STATIC, SQLITE_UTF8);
        return *this;
    }

    // True if there is a row, false at the end.
    Result<bool> step(const char* doing) {
        const int code = sqlite3_step(statement_);
        if (code == SQLITE_ROW) return true;
        if (code == SQLITE_DONE) return false;
        return sql_error(sqlite3_db_handle(statement_), doing);
    }
    Status run(const char* doing) {
        XL_TRY_STATUS(step(doing));
        return {};
    }

    std::uint64_t number_at(int column) const {
        return static_cast<std::uint64_t>(sqlite3_column_int64(statement_, column));
    }
    ByteView blob_at(int column) const {
        const auto* data = static_cast<const std::uint8_t*>(sqlite3_column_blob(statement_, column));
        return {data, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
    }
    Bytes bytes_at(int column) const {
        const ByteView view = blob_at(column);
        return {view.begin(), view.end()};
    }
    // Errc::corrupt if the column does not hold 32 bytes.
    Result<Hash> hash_at(int column) const {
        auto hash = hash_from_bytes(blob_at(column));
        if (!hash) return Error{Errc::corrupt, "vault: a hash does not have 32 bytes; restore the vault from a backup"};
        return hash;
    }
    std::string text_at(int column) const { return std::string(as_text(blob_at(column))); }

private:
    sqlite3_stmt* statement_;
    int bound_ = 0;
};

}  // namespace xinlian::node
