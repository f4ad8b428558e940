# What checks proofs with the genesis file alone: no store, no chain, no execution. Built into the library xl_verify.
set(XL_VERIFY_SOURCES
    ledger/genesis.cpp
    ledger/record.cpp
    ledger/entry.cpp
    ledger/batch.cpp
    ledger/block.cpp
    ledger/state_types.cpp
    ledger/calendar.cpp
    ledger/rules.cpp
    ledger/life.cpp
    ledger/status.cpp
    ledger/proof.cpp
    ledger/verify_parts.cpp
    ledger/verify.cpp
    ledger/portfolio.cpp)
