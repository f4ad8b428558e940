#!/usr/bin/env python3
"""A second verifier of proof files, written from docs/encoding.md alone, with only Python's standard library.

  verify.py VECTORS.json ...            checks files of vectors: valid ones must verify with the same finding, others not
  verify.py --genesis GENESIS PROOF ... checks proof files (the genesis file must be in JCS form)
"""
import base64
import hashlib
import json
import sys


class Refused(Exception):
    """The proof, or the file, is not valid."""


def require(condition, why):
    if not condition:
        raise Refused(why)


# --- Hashes -----------------------------------------------------------------------------------------------------------

def rotl(x, n):
    n %= 32
    return ((x << n) | (x >> (32 - n))) & 0xFFFFFFFF


def sm3_pure(data):
    """GB/T 32905-2016, for Python versions whose hashlib lacks it."""
    v = [0x7380166F, 0x4914B2B9, 0x172442D7, 0xDA8A0600, 0xA96F30BC, 0x163138AA, 0xE38DEE4D, 0xB0FB0E4E]
    p0 = lambda x: x ^ rotl(x, 9) ^ rotl(x, 17)
    p1 = lambda x: x ^ rotl(x, 15) ^ rotl(x, 23)
    padded = data + b"\x80" + b"\0" * ((55 - len(data)) % 64) + (8 * len(data)).to_bytes(8, "big")
    for at in range(0, len(padded), 64):
        w = [int.from_bytes(padded[at + 4 * i:at + 4 * i + 4], "big") for i in range(16)]
        for i in range(16, 68):
            w.append(p1(w[i - 16] ^ w[i - 9] ^ rotl(w[i - 3], 15)) ^ rotl(w[i - 13], 7) ^ w[i - 6])
        a, b, c, d, e, f, g, h = v
        for i in range(64):
            t = 0x79CC4519 if i < 16 else 0x7A879D8A
            ss1 = rotl((rotl(a, 12) + e + rotl(t, i)) & 0xFFFFFFFF, 7)
            ss2 = ss1 ^ rotl(a, 12)
            ff = a ^ b ^ c if i < 16 else (a & b) | (a & c) | (b & c)
            gg = e ^ f ^ g if i < 16 else (e & f) | (~e & g)
            tt1 = (ff + d + ss2 + (w[i] ^ w[i + 4])) & 0xFFFFFFFF
            tt2 = (gg + h + ss1 + w[i]) & 0xFFFFFFFF
            a, b, c, d, e, f, g, h = tt1, a, rotl(b, 9), c, p0(tt2), e, rotl(f, 19), g
        v = [x ^ y for x, y in zip(v, (a, b, c, d, e, f, g, h))]
    return b"".join(x.to_bytes(4, "big") for x in v)


def sm3(data):
    try:
        return hashlib.new("sm3", data).digest()
    except ValueError:
        return sm3_pure(data)


# --- Ed25519 (RFC 8032), with the refusals of docs/encoding.md --------------------------------------------------------

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P


def ed_add(p, q):
    a = (p[1] - p[0]) * (q[1] - q[0]) % P
    b = (p[1] + p[0]) * (q[1] + q[0]) % P
    c = 2 * p[3] * q[3] * D % P
    d = 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def ed_mul(s, p):
    q = (0, 1, 1, 0)
    while s:
        if s & 1:
            q = ed_add(q, p)
        p = ed_add(p, p)
        s >>= 1
    return q


def ed_same(p, q):
    return (p[0] * q[2] - q[0] * p[2]) % P == 0 and (p[1] * q[2] - q[1] * p[2]) % P == 0


def ed_point(data):
    """A point from its canonical encoding; None for anything else, and for the points of small order."""
    number = int.from_bytes(data, "little")
    sign, y = number >> 255, number & (2**255 - 1)
    if y >= P:
        return None
    xx = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(xx, (P + 3) // 8, P)
    if (x * x - xx) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - xx) % P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    point = (x, y, 1, x * y % P)
    return None if ed_same(ed_mul(8, point), (0, 1, 1, 0)) else point


ED_BASE = ed_point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def ed25519_verify(key, message, signature):
    a, r = ed_point(key), ed_point(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= L:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % L
    return ed_same(ed_mul(s, ED_BASE), ed_add(r, ed_mul(h, a)))


# --- SM2 (GB/T 32918.2) -----------------------------------------------------------------------------------------------

SM_P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
SM_A = SM_P - 3
SM_B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
SM_N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
SM_G = (0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
        0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0)


def sm_add(p, q):
    if p is None or q is None:
        return q if p is None else p
    if p[0] == q[0]:
        if (p[1] + q[1]) % SM_P == 0:
            return None
        slope = (3 * p[0] * p[0] + SM_A) * pow(2 * p[1], -1, SM_P)
    else:
        slope = (q[1] - p[1]) * pow(q[0] - p[0], -1, SM_P)
    x = (slope * slope - p[0] - q[0]) % SM_P
    return x, (slope * (p[0] - x) - p[1]) % SM_P


def sm_mul(s, p):
    q = None
    while s:
        if s & 1:
            q = sm_add(q, p)
        p = sm_add(p, p)
        s >>= 1
    return q


def sm_point(data):
    x = int.from_bytes(data[1:], "big")
    if len(data) != 33 or data[0] not in (2, 3) or x >= SM_P:
        return None
    yy = (x * x * x + SM_A * x + SM_B) % SM_P
    y = pow(yy, (SM_P + 1) // 4, SM_P)
    if y * y % SM_P != yy:
        return None
    return (x, y if y & 1 == data[0] & 1 else SM_P - y)


def sm2_verify(key, message, signature):
    point = sm_point(key)
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    if point is None or not 1 <= r < SM_N or not 1 <= s < SM_N or (r + s) % SM_N == 0:
        return False
    user = b"1234567812345678"
    z = sm3((8 * len(user)).to_bytes(2, "big") + user + b"".join(
        n.to_bytes(32, "big") for n in (SM_A, SM_B, *SM_G, *point)))
    e = int.from_bytes(sm3(z + message), "big")
    sum_ = sm_add(sm_mul(s, SM_G), sm_mul((r + s) % SM_N, point))
    return sum_ is not None and (e + sum_[0]) % SM_N == r


class Suite:
    def __init__(self, name):
        require(name in ("ed25519-sha256", "sm2-sm3"), "unknown suite " + repr(name))
        self.national = name == "sm2-sm3"
        self.key_prefix = "sm2:" if self.national else "ed25519:"

    def hash(self, data):
        return sm3(data) if self.national else hashlib.sha256(data).digest()

    def tagged(self, tag, data):
        return self.hash(bytes([len(tag)]) + tag.encode() + data)

    def verify(self, key, message, signature):
        return (sm2_verify if self.national else ed25519_verify)(key, message, signature)

    def leaf(self, data):
        return self.hash(b"\0" + data)

    def node(self, left, right):
        return self.hash(b"\1" + left + right)

    def leaf_of_field(self, salt, encoded):
        return self.tagged("xinlian/v1/field", salt + encoded)

    def record_digest(self, shape, root):
        return self.tagged("xinlian/v1/record", shape + root)

    def state_key(self, kind, identity):
        return self.tagged("xinlian/v1/map-key", bytes([kind]) + identity)


# --- Fields by operation: "-" must be absent, "?" may be present, "!" must be present ---------------------------

# By operation: version, digest, decided, public_until, party, subject, and the codes that are known.
GRADES = tuple(grade + special for special in (0, 0x100) for grade in range(4))
OPERATIONS = {
    1: ("?!??-?", GRADES), 2: ("?!??-?", GRADES), 3: ("?!??-?", GRADES), 4: ("?-??-?", (0,)),
    5: ("?!!--!", GRADES), 6: ("?!!--!", (0,)), 7: ("?!!--!", GRADES), 8: ("?!!!-!", (0,)),
    9: ("?!!--!", (1, 2, 3)), 10: ("?!!--!", (0,)), 11: ("?-!--!", (0,)), 12: ("?!---!", (0,)),
    13: ("?-!--!", (0,)), 14: ("!!!!!!", range(1, 6)), 15: ("-!!--!", (0,)), 16: ("-!--!!", range(1, 6)),
    17: ("?!--!!", (0,)), 18: ("-!--!!", (0,)), 19: ("?-!-!-", (1, 2)), 20: ("!!----", (0,))}
CREATE, UPDATE, DELETE, REPAIR_ACK, GRANT, REVOKE, QUERY, ACCOUNT, RESOLVE = 1, 2, 4, 13, 14, 15, 16, 19, 20
DISPUTE_OPENED, ANY, NOBODY, FOREVER = 8, 3, 0xFFFF, 99991231
SUBJECT, ASKED, USES, DEALINGS = 2, 6, 7, 8
LISTS = {SUBJECT: "subject", ASKED: "asked", USES: "uses", DEALINGS: "dealings"}


# The codes of the fields of each category and form, in canonical order.
FORMS = {
    (1, 1): """BZ CF_CFJG CF_CFJGDM CF_CFLB CF_FRDB CF_FR_ZJHM CF_FR_ZJLX CF_GSJZQ CF_JDRQ CF_NR CF_NR_FK CF_NR_WFFF
               CF_NR_ZKDX CF_SJLY CF_SJLYDM CF_SY CF_WFXW CF_WSH CF_XDR_GSZC CF_XDR_LB CF_XDR_MC CF_XDR_SHXYM
               CF_XDR_SHZZ CF_XDR_SWDJ CF_XDR_SYDW CF_XDR_ZJHM CF_XDR_ZJLX CF_XDR_ZZJG CF_YJ CF_YXQ""".encode().split(),
    (2, 1): """BZ XK_FRDB XK_FR_ZJHM XK_FR_ZJLX XK_JDRQ XK_LYDW XK_LYDWDM XK_NR XK_WSH XK_XDR_GSZC XK_XDR_LB XK_XDR_MC
               XK_XDR_SHXYM XK_XDR_SHZZ XK_XDR_SWDJ XK_XDR_SYDW XK_XDR_ZJHM XK_XDR_ZJLX XK_XDR_ZZJG XK_XKBH XK_XKJG
               XK_XKJGDM XK_XKLB XK_XKWS XK_XKZS XK_YXQZ XK_YXQZI XK_ZT""".encode().split()}


# --- The canonical encoding -------------------------------------------------------------------------------------------

class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def raw(self, size):
        require(self.at + size <= len(self.data), "the input ends too early")
        self.at += size
        return self.data[self.at - size:self.at]

    def number(self, size):
        return int.from_bytes(self.raw(size), "big")

    def kind(self, known):
        value = self.number(1)
        require(value in known, "unknown kind")
        return value

    def flag(self):
        return self.kind((0, 1)) == 1

    def optional(self, read):
        return read() if self.flag() else None

    def count(self, most):
        value = self.number(4)
        require(value <= most and value <= len(self.data) - self.at, "a count exceeds its limit")
        return value

    def text(self, most):
        return self.raw(self.count(most))

    def many(self, most, read):
        return [read() for _ in range(self.count(most))]

    def span(self, read):
        """What `read` returns, and the bytes it read: the encoding is canonical, so they are what is hashed."""
        start = self.at
        value = read()
        return value, self.data[start:self.at]

    def hash(self):
        return self.raw(32)

    def block_header(self):
        return dict(epoch=self.number(8), height=self.number(8), view=self.number(8), parent=self.hash(),
                    proposer=self.number(2), time=self.number(8), body_hash=self.hash())

    def result(self):
        return dict(log_size=self.number(8), log_root=self.hash(), state_root=self.hash())

    def statement(self):
        return dict(kind=self.kind(range(1, 5)), epoch=self.number(8), view=self.number(8),
                    block=self.optional(self.hash), result=self.optional(self.result))

    def certificate(self):
        statement, encoded = self.span(self.statement)
        signatures = self.many(64, lambda: (self.number(2), self.raw(64)))
        return dict(statement=statement, encoded=encoded, signatures=signatures)

    def entry(self):
        fields, encoded = self.span(lambda: dict(
            operation=self.kind(OPERATIONS), category=self.kind((1, 2, 3)), record=self.hash(), version=self.number(4),
            digest=self.hash(), subject=self.hash(), decided=self.number(4), public_until=self.number(4),
            party=self.number(2), code=self.number(2), channel=self.number(2)))
        return dict(fields, encoded=encoded)

    def log_entry(self):
        fields, encoded = self.span(lambda: dict(
            height=self.number(8), time=self.number(8), issuer=self.text(24), entry=self.entry()))
        return dict(fields, encoded=encoded)

    def batch_header(self):
        fields, encoded = self.span(lambda: dict(
            chain_id=self.hash(), issuer=self.text(24), sequence=self.number(8), previous=self.hash(),
            entry_count=self.number(4), entries_root=self.hash(), nonce=self.number(8)))
        return dict(fields, encoded=encoded)

    def entry_proof(self):
        return dict(entry=self.log_entry(), index=self.number(8), log_path=self.many(64, self.hash),
                    batch=self.batch_header(), signature=self.raw(64), position=self.number(4),
                    batch_path=self.many(64, self.hash))

    def index(self):
        return self.number(8)

    def mark(self):
        return dict(index=self.index(), day=self.number(4))

    def life(self):
        return dict(repair=self.kind(range(4)), repair_mark=self.mark(), dispute=self.optional(self.mark),
                    withdrawn=self.optional(self.mark), erased=self.optional(self.mark), holders=self.number(2),
                    acknowledged=self.number(2))

    def record_state(self):
        fields, encoded = self.span(lambda: dict(
            issuer=self.text(24), entry=self.entry(), index=self.index(), life=self.optional(self.life)))
        causes, life = [fields["index"]], fields["life"]
        if life is not None:
            if life["repair"] != 0:
                causes.append(life["repair_mark"]["index"])
            causes += [life[m]["index"] for m in ("dispute", "withdrawn", "erased") if life[m] is not None]
        return dict(fields, encoded=encoded, causes=causes)

    def grant_state(self):
        fields, encoded = self.span(lambda: dict(
            issuer=self.text(24), entry=self.entry(), index=self.index(), used=self.number(4), last_use=self.index(),
            revoked=self.optional(self.index)))
        return dict(fields, encoded=encoded, causes=there(fields["index"], fields["revoked"]))

    def query_state(self):
        fields, encoded = self.span(lambda: dict(
            issuer=self.text(24), entry=self.entry(), index=self.index(), answered=self.optional(self.index),
            report=self.hash(), report_height=self.number(4), acknowledged=self.optional(self.index)))
        return dict(fields, encoded=encoded,
                    causes=there(fields["index"], fields["answered"], fields["acknowledged"]))

    def account_state(self):
        fields, encoded = self.span(lambda: dict(
            count=self.number(4), by_requester=self.optional(self.index), by_provider=self.optional(self.index)))
        return dict(fields, encoded=encoded, causes=there(fields["by_requester"], fields["by_provider"]))

    def list_state(self):
        fields, encoded = self.span(lambda: dict(count=self.number(8), head=self.hash()))
        return dict(fields, encoded=encoded)

    def outcome(self):
        fields, encoded = self.span(lambda: dict(
            reason=self.kind(range(54)), entry=self.number(4), height=self.number(8), first_index=self.index(),
            entry_count=self.number(4), obstacle=self.optional(self.index)))
        return dict(fields, encoded=encoded)

    def evidence(self):
        fields, encoded = self.span(lambda: dict(
            member=self.number(2), first=self.span(self.statement), second=self.span(self.statement),
            first_signature=self.raw(64), second_signature=self.raw(64)))
        return dict(fields, encoded=encoded)

    def evidence_state(self):
        fields, encoded = self.span(lambda: dict(
            member=self.text(24), view=self.number(8), digest=self.hash(), height=self.number(8), time=self.number(8)))
        return dict(fields, encoded=encoded)

    def map_proof(self):
        depth = self.number(2)
        require(depth <= 256, "a map proof deeper than the map")
        bits = self.raw((depth + 7) // 8)
        present = [bits[i // 8] >> (7 - i % 8) & 1 for i in range(8 * len(bits))]
        require(not any(present[depth:]), "bits beyond the depth")
        siblings = [self.hash() if bit else bytes(32) for bit in present[:depth]]
        require(all(any(s) for s, bit in zip(siblings, present) if bit), "an empty sibling marked as present")
        return dict(siblings=siblings, other=self.optional(lambda: (self.hash(), self.hash())))

    def field(self):
        fields, encoded = self.span(lambda: dict(
            code=self.text(32), value=self.optional(lambda: self.text(65536))))
        return dict(fields, encoded=encoded)

    def opening(self):
        shape, encoded = self.span(lambda: dict(
            category=self.kind((1, 2, 3)), form=self.number(2), field_count=self.number(2)))
        return dict(shape, encoded=encoded, root=self.hash(), fields=self.many(64, lambda: dict(
            index=self.number(2), field=self.field(), salt=self.hash(), path=self.many(16, self.hash))))


def there(*indexes):
    return [index for index in indexes if index is not None]


MAGIC = b"xinlian-proof/1\n"
KINDS = {1: "record", 2: "entry", 3: "list", 4: "batch", 5: "evidence", 6: "grant", 7: "query", 8: "account", 9: "feed"}


def answer_of(r, kind):
    if kind in ("record", "grant", "query", "account"):
        state = getattr(r, kind + "_state")
        return dict(id=r.hash(), state=r.optional(state), map=r.map_proof(), causes=r.many(8, r.entry_proof))
    if kind == "entry":
        return dict(asked=r.entry_proof(), state=r.record_state(), map=r.map_proof(),
                    latest=r.optional(r.entry_proof))
    if kind == "list":
        return dict(list=r.kind(range(1, 13)), id=r.text(32), state=r.optional(r.list_state), map=r.map_proof(),
                    entries=r.many(100000, lambda: dict(entry=r.log_entry(), index=r.index())))
    receipt = lambda: dict(header=r.batch_header(), signature=r.raw(64), outcome=r.outcome(), map=r.map_proof())
    if kind == "batch":
        return receipt()
    if kind == "feed":
        return r.many(100000, lambda: dict(receipt(), entries=r.many(20000, r.entry)))
    return dict(epoch=r.number(8), member=r.text(24), state=r.optional(r.evidence_state), map=r.map_proof(),
                evidence=r.optional(r.evidence))


def parse(data):
    require(len(data) <= 64 << 20, "a file above 64 MiB")
    require(data.startswith(MAGIC), "not a proof file of version 1")
    r = Reader(data[len(MAGIC):])
    proof = dict(kind=KINDS[r.kind(KINDS)], chain_id=r.hash(), header=r.span(r.block_header),
                 certificate=r.certificate())
    proof["answer"] = answer_of(r, proof["kind"])
    proof["opening"] = r.optional(r.opening)
    require(r.at == len(r.data), "unexpected bytes after the end")
    return proof


# --- The genesis file -------------------------------------------------------------------------------------------------

class Genesis:
    def __init__(self, text):
        file = json.loads(text)
        self.suite = Suite(file["suite"])
        self.chain_id = self.suite.hash(text.encode())
        self.members = {m["id"]: m for m in file["members"]}
        self.ids = sorted(self.members)  # a member's number is its place here
        self.committee = sorted((self.key(m["validator_key"]), m["id"]) for m in file["members"]
                                if "validator" in m["roles"])

    def key(self, text):
        require(text.startswith(self.suite.key_prefix), "a key of another suite")
        return bytes.fromhex(text[len(self.suite.key_prefix):])


# --- Checks -----------------------------------------------------------------------------------------------------------

def valid_date(date):
    if date in (0, 99991231):
        return True
    year, month, day = date // 10000, date // 100 % 100, date % 100
    leap = (year % 4 == 0 and year % 100 != 0) or year % 400 == 0
    days = (31, 29 if leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
    return 1900 <= year <= 2199 and 1 <= month <= 12 and 1 <= day <= days[month - 1]


def check_inclusion(suite, leaf, index, size, path, root):
    """RFC 9162, 2.1.3.2."""
    require(index < size, "an index beyond the tree")
    fn, sn, r = index, size - 1, leaf
    for p in path:
        require(sn != 0, "a path longer than the tree allows")
        if fn & 1 or fn == sn:
            r = suite.node(p, r)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = suite.node(r, p)
        fn, sn = fn >> 1, sn >> 1
    require(sn == 0 and r == root, "a path that does not lead to the root")


def right_shape(statement):
    """Only nullify names no block; only finalize carries a result."""
    return ((statement["block"] is not None) == (statement["kind"] != 3) and
            (statement["result"] is not None) == (statement["kind"] == 4))


def exclude_each_other(a, b):
    """Whether no member that follows the rules can have signed both statements."""
    if (a["epoch"], a["view"]) != (b["epoch"], b["view"]):
        return False
    kinds = {a["kind"], b["kind"]}
    if kinds == {3, 4}:
        return True
    if kinds == {2, 4}:
        return a["block"] != b["block"]
    return a["kind"] == b["kind"] and a != b


def check_shape(entry):
    operation, category, version = entry["operation"], entry["category"], entry["version"]
    require(category != ANY or operation > REPAIR_ACK, "a record of any category")
    require(entry["record"] != bytes(32), "an entry that speaks of nothing")
    require(operation != CREATE or version == 0, "a create with a version")
    require(operation not in (UPDATE, DELETE) or version > 0, "a later version that is none")
    needs, codes = OPERATIONS[operation]
    zero = bytes(32)
    present = (version != 0, entry["digest"] != zero, entry["decided"] != 0, entry["public_until"] != 0,
               entry["party"] != NOBODY, entry["subject"] != zero)
    for need, there_is in zip(needs, present):
        require(need == "?" or there_is == (need == "!"), "a field that its operation cannot have, or one it lacks")
    require(entry["code"] in codes, "a code that its operation cannot have")
    require(valid_date(entry["decided"]) and valid_date(entry["public_until"]), "a date that is none")
    require(entry["decided"] != FOREVER, "a first day without end")
    if operation in (GRANT, DISPUTE_OPENED):
        require(entry["decided"] <= entry["public_until"], "an end before its beginning")
    require(operation != ACCOUNT or entry["decided"] % 100 == 1, "a month that does not begin with its first day")
    require(operation < ACCOUNT or entry["channel"] == 0, "a channel where there is none")
    require(operation != RESOLVE or category == ANY, "a resolve with a category")


class Verifier:
    def __init__(self, genesis, proof):
        self.g, self.s, self.p = genesis, genesis.suite, proof
        self.evidence = None  # whose signatures are still to be checked
        self.batches = []  # whose signatures are still to be checked
        self.steps = {}    # what was computed on the way, to compare with the worked example

    def run(self):
        p, s = self.p, self.s
        require(p["chain_id"] == self.g.chain_id, "a proof of another chain")
        self.header, encoded = p["header"]
        certificate = p["certificate"]
        statement = certificate["statement"]
        self.result = statement["result"]
        block_id = s.tagged("xinlian/v1/block", encoded)
        self.steps["block_id"] = block_id
        require(statement["kind"] == 4 and self.result is not None, "a certificate that does not finalize")
        require(statement["block"] == block_id, "a certificate of another block")
        require((statement["epoch"], statement["view"]) == (self.header["epoch"], self.header["view"]), "another view")
        told = dict(kind=p["kind"], height=self.header["height"], time=self.header["time"],
                    log_size=self.result["log_size"], current=False, deleted=False, entry_index=None, entries=[],
                    causes=[], outcome=None, opened=[])
        entry = getattr(self, "check_" + p["kind"])(p["answer"], told)
        if p["opening"] is not None:
            told["opened"] = self.check_opening(p["opening"], entry)
        for header, signature in self.batches:
            self.check_issuer(header, signature)
        if self.evidence:
            self.check_both_signed()
        told["signers"] = self.check_certificate(certificate)
        return told

    def check_certificate(self, certificate):
        n = len(self.g.committee)
        quorum = n - (n - 1) // 3
        message = b"xinlian/v1/vote" + self.g.chain_id + certificate["encoded"]
        self.steps["vote_message"] = message
        signatures = certificate["signatures"]
        members = [member for member, _ in signatures]
        require(len(members) >= quorum, "fewer signers than a quorum")
        require(all(a < b for a, b in zip(members, members[1:])), "signers out of order, or one twice")
        require(members[-1] < n, "a signer outside of the committee")
        for member, signature in signatures:
            require(self.s.verify(self.g.committee[member][0], message, signature), "a wrong signature of a validator")
        return [self.g.committee[member][1] for member in members]

    def check_issuer(self, header, signature):
        member = self.g.members.get(header["issuer"].decode("utf-8", "replace"))
        require(member is not None and {"issuer", "bureau"} & set(member["roles"]), "an issuer that is none")
        identity = self.s.tagged("xinlian/v1/batch", header["encoded"])
        self.steps["batch_id"] = identity
        message = b"xinlian/v1/batch-signature" + self.g.chain_id + identity
        require(self.s.verify(self.g.key(member["issuer_key"]), message, signature), "a wrong signature of an issuer")

    def check_both_signed(self):
        key = self.g.committee[self.evidence["member"]][0]
        for which in ("first", "second"):
            message = b"xinlian/v1/vote" + self.g.chain_id + self.evidence[which][1]
            require(self.s.verify(key, message, self.evidence[which + "_signature"]), "a statement that was not signed")

    def check_evidence(self, a, told):
        ids = [member for _, member in self.g.committee]
        member = a["member"].decode("utf-8", "replace")
        require(member in ids, "evidence about a member that is not a validator")
        require(a["epoch"] == self.header["epoch"], "evidence about another epoch")
        identity = a["epoch"].to_bytes(8, "big") + ids.index(member).to_bytes(2, "big")
        state, evidence = a["state"], a["evidence"]
        require((state is None) == (evidence is None), "a state without its evidence, or evidence without its state")
        self.check_state(5, identity, state and state["encoded"], a["map"])
        told.update(asked=self.s.state_key(5, identity).hex(), member=member, epoch=a["epoch"], against=None)
        if state is None:
            return None
        (first, first_bytes), (second, second_bytes) = evidence["first"], evidence["second"]
        require(state["member"] == a["member"] and evidence["member"] == ids.index(member), "another member's evidence")
        require(state["digest"] == self.s.tagged("xinlian/v1/evidence", evidence["encoded"]), "other evidence")
        require((first["epoch"], first["view"]) == (a["epoch"], state["view"]), "evidence of another view")
        require(0 < state["height"] <= self.header["height"] and state["time"] <= self.header["time"], "a later block")
        require(right_shape(first) and right_shape(second), "a statement of a wrong shape")
        require(exclude_each_other(first, second), "statements that do not conflict with each other")
        self.evidence = evidence
        told["against"] = dict(view=state["view"], height=state["height"], time=state["time"],
                               first=first_bytes.hex(), second=second_bytes.hex())
        return None

    def check_state(self, kind, identity, value, proof):
        key = self.s.state_key(kind, identity)
        siblings, other = proof["siblings"], proof["other"]
        bit = lambda k, i: k[i // 8] >> (7 - i % 8) & 1
        at = bytes(32)
        if value is not None:
            require(other is None, "a presence proof with another leaf")
            at = self.s.hash(b"\2" + key + self.s.hash(value))
            self.steps["state_key"], self.steps["state_value"], self.steps["state_leaf"] = key, value, at
        elif other is not None:
            require(other[0] != key, "an absence proof that shows the key")
            require(all(bit(other[0], i) == bit(key, i) for i in range(len(siblings))), "a leaf on another path")
            at = self.s.hash(b"\2" + other[0] + other[1])
        for i in reversed(range(len(siblings))):
            at = self.s.hash(b"\3" + (siblings[i] + at if bit(key, i) else at + siblings[i]))
        require(at == self.result["state_root"], "a map proof that does not lead to the root")

    def check_place(self, leaf, index):
        require(index < self.result["log_size"], "an entry beyond the end of the log")
        require(0 < leaf["height"] <= self.header["height"] and leaf["time"] <= self.header["time"], "a later entry")
        entry = leaf["entry"]
        check_shape(entry)

    def check_batch_header(self, header):
        require(header["chain_id"] == self.g.chain_id, "a batch of another chain")
        require(1 <= header["entry_count"] <= 20000, "a batch with no or too many entries")

    def check_entry_proof(self, proof):
        leaf, batch = proof["entry"], proof["batch"]
        self.check_place(leaf, proof["index"])
        self.check_batch_header(batch)
        require(leaf["issuer"] == batch["issuer"], "an entry of another issuer than its batch")
        self.steps["leaf_hash"] = self.s.leaf(leaf["encoded"])
        check_inclusion(self.s, self.steps["leaf_hash"], proof["index"], self.result["log_size"], proof["log_path"],
                        self.result["log_root"])
        check_inclusion(self.s, self.s.leaf(leaf["entry"]["encoded"]), proof["position"], batch["entry_count"],
                        proof["batch_path"], batch["entries_root"])
        self.batches.append((batch, proof["signature"]))

    @staticmethod
    def check_latest(proof, state):
        require(proof["index"] == state["index"] and proof["entry"]["issuer"] == state["issuer"] and
                proof["entry"]["entry"]["encoded"] == state["entry"]["encoded"], "a state not of the latest entry")

    def check_thing(self, kind, a, told):
        """An item of the map under its id, with a valid entry for each that its state names."""
        told["asked"], state = a["id"].hex(), a["state"]
        told["state"] = state and state["encoded"].hex()
        self.check_state(kind, a["id"], state and state["encoded"], a["map"])
        causes = state["causes"] if state else []
        require([cause["index"] for cause in a["causes"]] == causes, "other entries than the state names")
        for cause in a["causes"]:
            require(cause["entry"]["entry"]["record"] == a["id"], "an entry of something else")
            self.check_entry_proof(cause)
        told["causes"] = causes
        if state and "entry" in state:
            self.check_latest(a["causes"][0], state)
        return state

    def check_record(self, a, told):
        state = self.check_thing(1, a, told)
        if state is None:
            return None
        told["entry_index"] = state["index"]
        told["deleted"] = state["entry"]["operation"] == DELETE
        told["current"] = not told["deleted"]
        return state["entry"]

    def check_grant(self, a, told):
        self.check_thing(10, a, told)

    def check_query(self, a, told):
        self.check_thing(11, a, told)

    def check_account(self, a, told):
        self.check_thing(12, a, told)

    def check_entry(self, a, told):
        asked, state, latest = a["asked"], a["state"], a["latest"]
        record = asked["entry"]["entry"]["record"]
        told["asked"] = record.hex()
        told["state"] = state["encoded"].hex()
        require(asked["entry"]["entry"]["operation"] <= DELETE, "an entry that is not about a record's content")
        superseded = state["index"] != asked["index"]
        require(superseded == (latest is not None), "a missing or unexpected superseding entry")
        require(state["entry"]["record"] == record and state["index"] >= asked["index"], "a state of another record")
        self.check_state(1, record, state["encoded"], a["map"])
        if superseded:
            self.check_entry_proof(latest)
        self.check_entry_proof(asked)
        self.check_latest(latest if superseded else asked, state)
        told["entry_index"] = asked["index"]
        told["deleted"] = state["entry"]["operation"] == DELETE
        told["current"] = not superseded and not told["deleted"]
        return asked["entry"]["entry"]

    def lists_of(self, leaf):
        """The lists an entry belongs to, as kind and id."""
        entry, issuer = leaf["entry"], leaf["issuer"]
        operation = entry["operation"]
        if operation <= REPAIR_ACK:
            return [(SUBJECT, entry["subject"])]
        if operation == RESOLVE:
            return []
        lists = [] if operation == ACCOUNT else [(ASKED, entry["subject"])]
        if operation == QUERY:
            lists.append((USES, entry["digest"]))
        if operation in (GRANT, REVOKE):
            lists.append((USES, entry["record"]))
        lists.append((DEALINGS, issuer))
        if entry["party"] < len(self.g.ids):
            lists.append((DEALINGS, self.g.ids[entry["party"]].encode()))
        return lists

    def check_list(self, a, told):
        kind, identity, state = a["list"], a["id"], a["state"]
        require(kind in LISTS, "an unknown list")
        require(kind == DEALINGS or len(identity) == 32, "a list whose id is not a hash")
        told["list"] = LISTS[kind]
        told["asked"] = (self.s.state_key(kind, identity) if kind == DEALINGS else identity).hex()
        if kind == DEALINGS:
            told["member"] = identity.decode("utf-8", "replace")
        self.check_state(kind, identity, state and state["encoded"], a["map"])
        require(state is None or state["count"] > 0, "an empty list in the map")
        require((state["count"] if state else 0) == len(a["entries"]), "another number of entries")
        head, least = bytes(32), 0
        for item in a["entries"]:
            require(item["index"] >= least and (kind, identity) in self.lists_of(item["entry"]), "a stray entry")
            least = item["index"] + 1
            self.check_place(item["entry"], item["index"])
            head = self.s.tagged("xinlian/v1/list", head + self.s.leaf(item["entry"]["encoded"]) +
                                 item["index"].to_bytes(8, "big"))
        require(head == (state["head"] if state else bytes(32)), "entries that do not match the list's head")
        told["entries"] = [item["index"] for item in a["entries"]]

    def check_receipt(self, a):
        header, outcome = a["header"], a["outcome"]
        self.check_batch_header(header)
        identity = self.s.tagged("xinlian/v1/batch", header["encoded"])
        self.check_state(4, identity, outcome["encoded"], a["map"])
        require(0 < outcome["height"] <= self.header["height"], "a height of 0 or above the proof's")
        require(outcome["entry_count"] == header["entry_count"], "another count of entries")
        require(outcome["reason"] != 0 or (outcome["first_index"] < self.result["log_size"] and
                outcome["first_index"] + outcome["entry_count"] <= self.result["log_size"]), "entries beyond the log")
        self.batches.append((header, a["signature"]))
        return identity

    def check_batch(self, a, told):
        told["asked"] = self.check_receipt(a).hex()
        told["outcome"] = a["outcome"]["reason"]
        told["obstacle"] = a["outcome"]["obstacle"]

    def check_feed(self, items, told):
        require(items, "a feed without a batch")
        before = identity = None
        for item in items:
            header = item["header"]
            if before is not None:
                require(header["issuer"] == before["issuer"] and header["sequence"] == before["sequence"] + 1 and
                        header["previous"] == identity, "a batch that does not follow the previous batch")
            before, identity = header, self.check_receipt(item)
            require(item["outcome"]["reason"] == 0, "a batch that was not accepted")
            require(len(item["entries"]) == header["entry_count"], "a batch without all its entries")
            require(self.root_over(item["entries"]) == header["entries_root"], "other entries than the batch has")
        told["asked"], told["member"] = identity.hex(), before["issuer"].decode("utf-8", "replace")
        told["feed"] = [item["header"]["sequence"] for item in items]

    def root_over(self, entries):
        """RFC 9162, 2.1.1: a node without a partner moves up unchanged, which gives the same tree."""
        level = [self.s.leaf(entry["encoded"]) for entry in entries]
        while len(level) > 1:
            level = [self.s.node(*level[i:i + 2]) if i + 1 < len(level) else level[i]
                     for i in range(0, len(level), 2)]
        return level[0]

    def check_opening(self, opening, entry):
        require(entry is not None and entry["operation"] != DELETE, "fields of nothing")
        require(opening["category"] == entry["category"], "fields of another category")
        codes = FORMS.get((opening["category"], opening["form"]))
        require(codes is not None, "an unknown form")
        require(opening["field_count"] == len(codes), "another number of fields than the form's")
        require(opening["fields"], "no fields")
        require(self.s.record_digest(opening["encoded"], opening["root"]) == entry["digest"], "fields of another record")
        before = None
        for opened in opening["fields"]:
            field = opened["field"]
            require(opened["index"] < len(codes) and field["code"] == codes[opened["index"]],
                    "a field at another position than the form's")
            require(before is None or before["index"] < opened["index"], "fields out of order")
            before = opened
            text = field["value"]
            if text is not None:
                require(text != b"", "an empty text")
                try:
                    characters = text.decode("utf-8")
                except UnicodeDecodeError:
                    raise Refused("a text that is not UTF-8") from None
                control = lambda c: ord(c) < 0x20 or 0x7F <= ord(c) <= 0x9F
                require(not any(control(c) and c != "\n" for c in characters), "control characters")
            leaf = self.s.leaf_of_field(opened["salt"], field["encoded"])
            check_inclusion(self.s, leaf, opened["index"], len(codes), opened["path"], opening["root"])
        text = lambda t: None if t is None else t.decode("utf-8")
        return [[text(o["field"]["code"]), text(o["field"]["value"])] for o in opening["fields"]]


# --- Files of vectors -------------------------------------------------------------------------------------------------

def outcome_of(genesis, data):
    try:
        return Verifier(genesis, parse(data)).run()
    except Refused as why:
        return str(why)


def check_vectors(path):
    with open(path, encoding="utf-8") as file:
        vectors = json.load(file)
    genesis = Genesis(vectors["genesis"])
    failures = []
    if genesis.chain_id.hex() != vectors["chain_id"]:
        failures.append("the chain id")
    good = {v["name"]: base64.b64decode(v["file"]) for v in vectors["good"]}
    for v in vectors["good"]:
        told = outcome_of(genesis, good[v["name"]])
        if told != v["finding"]:
            failures.append(f"{v['name']}: told {told}, expected {v['finding']}")
    for v in vectors["bad"]:
        data = base64.b64decode(v["file"]) if "file" in v else bytearray(good[v["of"]])
        if "at" in v:
            data[v["at"]] ^= v["xor"]
        if not isinstance(outcome_of(genesis, bytes(data)), str):
            failures.append(f"{v['name']}: accepted")
    steps = vectors["steps"]
    verifier = Verifier(genesis, parse(good[steps["of"]]))
    verifier.run()
    for name, value in steps["values"].items():
        if verifier.steps[name].hex() != value:
            failures.append(f"step {name}: {verifier.steps[name].hex()}, expected {value}")
    flips = check_flips(genesis, good, failures)
    print(f"{path}: {len(vectors['good'])} good, {len(vectors['bad'])} bad, {flips} flipped, "
          f"{len(steps['values'])} steps, {len(failures)} failures")
    return failures


def check_flips(genesis, good, failures):
    """Changes the bytes of some files one at a time: none may be accepted."""
    flips = 0
    for name in ("entry-superseded", "evidence-shown", "record-repaired", "query-acknowledged", "uses-all",
                 "feed-part"):
        data = good[name]
        for at in range(0, len(data), max(5, len(data) // 60)):
            changed = bytearray(data)
            changed[at] ^= 0x41
            flips += 1
            if not isinstance(outcome_of(genesis, bytes(changed)), str):
                failures.append(f"{name} with byte {at} changed: accepted")
    return flips


def main(arguments):
    require(sm3_pure(b"abc").hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0", "SM3 is wrong")
    if arguments[:1] == ["--genesis"] and len(arguments) > 2:
        with open(arguments[1], encoding="utf-8") as file:
            genesis = Genesis(file.read())
        results = []
        for path in arguments[2:]:
            with open(path, "rb") as file:
                results.append(outcome_of(genesis, file.read()))
            print(f"{path}: " + (f"REFUSED: {results[-1]}" if isinstance(results[-1], str) else str(results[-1])))
        return 1 if any(isinstance(r, str) for r in results) else 0
    if not arguments or arguments[0].startswith("-"):
        print(__doc__)
        return 2
    failures = [f"{path}: {failure}" for path in arguments for failure in check_vectors(path)]
    print("\n".join(failures))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
