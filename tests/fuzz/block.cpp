// Laws: a block is refused, or it is the encoding of what it decodes to; and it may follow the genesis block if and
// only if a plain reading of the rules says so. The first byte says what is put right before: 1 place, 2 time, 4 hash
// of ids.
#include <set>

#include "tests/fuzz/input.hpp"
#include "tests/support/builders.hpp"

using namespace xinlian;
using namespace xinlian::ledger;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const test::Federation federation;
    const Genesis& genesis = federation.genesis();
    fuzz::Input input(data, size);
    const std::uint8_t what = input.byte();
    const Bytes bytes = fuzz::copy(input.rest());
    auto block = decode<Block>(bytes);
    if (!block) return 0;
    XL_CHECK(encode(*block) == bytes);
    XL_CHECK(bytes.size() <= block_bytes_max);

    const BlockHeader parent = genesis_block(genesis).header;
    BlockHeader& header = block->header;
    if ((what & 1) != 0) {
        header.epoch = 0;
        header.height = 1;
        header.parent = block_id(genesis.suite(), parent);
        header.proposer = static_cast<MemberIndex>(header.view % 4);
    }
    if ((what & 2) != 0) header.time = parent.time;
    if ((what & 4) != 0) header.batches_hash = batches_hash(genesis.suite(), block->batches);
    const bool place = header.epoch == 0 && header.height == 1 && header.view > 0 &&
                       header.proposer == header.view % 4 && header.parent == block_id(genesis.suite(), parent) &&
                       header.time >= parent.time;
    const bool list = std::set<Hash>(block->batches.begin(), block->batches.end()).size() == block->batches.size() &&
                      block->batches.size() <= 512 &&
                      header.batches_hash == batches_hash(genesis.suite(), block->batches);
    XL_CHECK(check_block(genesis, *block, parent).ok() == (place && list));
    return 0;
}
