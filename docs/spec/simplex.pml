/* The voting rules of docs/protocol.md for four members, as a model that Spin searches completely. README.md beside it
 * says what it stands for and what it leaves out. check.py runs it as it stands, and once for each WITHOUT_..., which
 * removes one rule.
 *
 * Members 0, 1 and 2 keep the rules. The fourth keeps none: it leads every view, offers two blocks in each, and has
 * cast every vote there is. So a certificate exists as soon as two of the honest have voted; whoever needs one has it,
 * unless it had rather not. No clock, no order, no current view: an honest member may do at any time whatever its
 * journal, its final block and the certificates allow.
 *
 * Compile with VIEWS = 2 or 3. */

#ifndef VIEWS
#define VIEWS 2
#endif
#define MEMBERS 3 /* the honest */
#define BLOCKS (2 * VIEWS)

/* Block 0 is the genesis block of view 0; blocks 2v-1 and 2v are the two that the leader of view v signs. */
#define FIRST(v) (2 * (v) - 1)
#define SECOND(v) (2 * (v))
#define VIEW(b) (((b) + 1) / 2)
#define IS_SECOND(b) (1 - (b) % 2)
#define TWIN(b) ((b) % 2 == 1 -> (b) + 1 : (b) - 1)

/* The votes of one member in one view are five bits: notarize the first, the second; nullify; finalize the first, the
 * second. Those of all views stand side by side in one number. */
#define NOTARIZE(b) (1 << (5 * (VIEW(b) - 1) + IS_SECOND(b)))
#define NULLIFY(v) (4 << (5 * ((v) - 1)))
#define FINALIZE(b) (8 << (5 * (VIEW(b) - 1) + IS_SECOND(b)))
#define ANY_NOTARIZE(v) (3 << (5 * ((v) - 1)))
#define ANY_FINALIZE(v) (24 << (5 * ((v) - 1)))
#define UP_TO(v) ((1 << (5 * (v))) - 1)

short sent[MEMBERS];      /* what others may have received; never taken back */
short journal[MEMBERS];   /* what the member knows it said: survives a restart */
byte final[MEMBERS];      /* its final view, in memory */
byte on_disk[MEMBERS];    /* its final view whose block is on disk */
byte parent[BLOCKS + 1];  /* 1 + the parent of each block; 0 while nobody has voted for it */
#ifdef WITHOUT_SYNC
short unsynced[MEMBERS];  /* the vote that left before it was on disk */
#endif

/* For reckoning inside one step; no part of the state. Spin's search in breadth takes no hidden variables, so for that
 * one they are visible, and zero after every step. */
#ifdef BREADTH
#define hidden
#endif
hidden byte b, u, y, m;
hidden int swap;
hidden byte spoken;

/* --- certificates --- */

#define VOTED(m, bits) ((sent[m] & (bits)) != 0)
#define COUNT(bits) (VOTED(0, bits) + VOTED(1, bits) + VOTED(2, bits))

#if defined(WITHOUT_QUORUM)
#define ENOUGH(count) ((count) + 1 >= 2) /* half of four */
#elif defined(WITHOUT_DISTINCT_SIGNERS)
#define ENOUGH(count) ((count) + 1 + 1 >= 3) /* the fourth member's signature, put in twice */
#else
#define ENOUGH(count) ((count) + 1 >= 3)
#endif

#ifdef WITHOUT_ONE_STATEMENT
#define NOTARIZED(b) (VOTED_FOR(b) && ENOUGH(COUNT(ANY_NOTARIZE(VIEW(b))))) /* votes for both blocks, added up */
#define VOTED_FOR(b) (COUNT(NOTARIZE(b)) > 0)
#else
#define NOTARIZED(b) ENOUGH(COUNT(NOTARIZE(b)))
#endif
#define NULLIFIED(v) ENOUGH(COUNT(NULLIFY(v)))
#define FINALIZED(b) ENOUGH(COUNT(FINALIZE(b)))

/* --- what the journal allows --- */

#define SAID(m, bits) ((journal[m] & (bits)) != 0)

#ifdef WITHOUT_ONE_NOTARIZE
#define ONE_NOTARIZE(m, b) (!SAID(m, NOTARIZE(b)))
#else
#define ONE_NOTARIZE(m, b) (!SAID(m, ANY_NOTARIZE(VIEW(b))))
#endif
#ifdef WITHOUT_NOTARIZE_BEFORE_NULLIFY
#define NOT_SKIPPED(m, b) true
#else
#define NOT_SKIPPED(m, b) (!SAID(m, NULLIFY(VIEW(b))))
#endif
#ifdef WITHOUT_NULLIFY_EXCLUDES_FINALIZE
#define NOT_FINALIZED(m, v) true
#else
#define NOT_FINALIZED(m, v) (!SAID(m, ANY_FINALIZE(v)))
#endif
#ifdef WITHOUT_FINALIZE_EXCLUDES_NULLIFY
#define NOT_NULLIFIED(m, b) true
#else
#define NOT_NULLIFIED(m, b) (!SAID(m, NULLIFY(VIEW(b))))
#endif
#ifdef WITHOUT_ONE_FINALIZE
#define ONE_FINALIZE(m, b) (!SAID(m, FINALIZE(b)))
#else
#define ONE_FINALIZE(m, b) (!SAID(m, ANY_FINALIZE(VIEW(b))))
#endif
#ifdef WITHOUT_FINALIZE_AS_NOTARIZED
#define NO_OTHER(m, b) true
#else
#define NO_OTHER(m, b) (!SAID(m, NOTARIZE(TWIN(b))))
#endif

/* --- what a block must stand on --- */

#if defined(WITHOUT_PARENT_PROOF)
#define PARENT_PROVEN(m, p) (VIEW(p) >= final[m])
#elif defined(WITHOUT_PARENT_ID)
#define PARENT_PROVEN(m, p) (VIEW(p) >= final[m] && ((p) == 0 || NOTARIZED(p) || NOTARIZED(TWIN(p))))
#elif defined(WITHOUT_PARENT_ABOVE_FINAL) || defined(WITHOUT_GAP_BELOW_FINAL)
#define PARENT_PROVEN(m, p) ((p) == 0 || NOTARIZED(p))
#else
#define PARENT_IS_FINAL(m, p) (VIEW(p) == final[m] && ((p) == 0 || FINALIZED(p)))
#define PARENT_PROVEN(m, p) (PARENT_IS_FINAL(m, p) || (VIEW(p) > final[m] && NOTARIZED(p)))
#endif

#if defined(WITHOUT_GAP_PROOF)
#define SKIPPED(m, w, v) true
#elif defined(WITHOUT_WHOLE_GAP)
#define SKIPPED(m, w, v) ((w) + 1 < (v) || NULLIFIED(w)) /* only the newest view of the gap is proven */
#elif defined(WITHOUT_GAP_BELOW_FINAL)
#define SKIPPED(m, w, v) ((w) <= final[m] || NULLIFIED(w)) /* what is forgotten counts as skipped */
#else
#define SKIPPED(m, w, v) NULLIFIED(w)
#endif
#define BETWEEN(m, p, w, v) ((w) <= VIEW(p) || (w) >= (v) || SKIPPED(m, w, v))
#define STANDS(m, p, v) (PARENT_PROVEN(m, p) && BETWEEN(m, p, 1, v) && BETWEEN(m, p, 2, v))

/* --- the rules --- */

#ifdef WITHOUT_SILENCE_BELOW_FINAL
#define OPEN(m, v) true
#else
#define OPEN(m, v) ((v) > final[m])
#endif
#define MAY_NOTARIZE(m, b, p) (OPEN(m, VIEW(b)) && ONE_NOTARIZE(m, b) && NOT_SKIPPED(m, b) && STANDS(m, p, VIEW(b)))
#define MAY_NULLIFY(m, v) (OPEN(m, v) && !SAID(m, NULLIFY(v)) && NOT_FINALIZED(m, v))
#ifdef WITHOUT_NOTARIZATION
#define FINALIZABLE(b) (parent[b] != 0)
#else
#define FINALIZABLE(b) NOTARIZED(b)
#endif
#define MAY_FINALIZE(m, b)                                                              \
    (FINALIZABLE(b) && OPEN(m, VIEW(b)) && NOT_NULLIFIED(m, b) && ONE_FINALIZE(m, b) && NO_OTHER(m, b))

/* --- what must never be; check.py has the words for the numbers --- */

#define NEVER(what, bad)                                                                \
    if                                                                                  \
    :: bad -> assert(what == 0)                                                         \
    :: else                                                                             \
    fi

/* A model that can do nothing breaks nothing: these ask for what must be possible, and "break" when it happens. */
#if defined(REACH_TWO_FINAL)
#define REACHED (FINALIZED(1) && FINALIZED(3) && parent[3] == 1 + 1)
#elif defined(REACH_SPLIT)
#define REACHED (NOTARIZED(1) && NULLIFIED(1) && FINALIZED(3) && parent[3] == 1 + 1)
#elif defined(REACH_SKIP)
#define REACHED (NOTARIZED(1) && NULLIFIED(1) && FINALIZED(3) && parent[3] == 0 + 1)
#elif defined(REACH_LATE_FINAL)
#define REACHED (on_disk[0] == 1 && final[0] == 1 && FINALIZED(3) && SAID(0, FINALIZE(3)) && !SAID(0, NOTARIZE(3)))
#else
#define REACHED false
#endif

inline check() {
    NEVER(6, REACHED);
    b = 1;
    do
    :: b > BLOCKS -> break
    :: else ->
        NEVER(1, NOTARIZED(b) && NOTARIZED(TWIN(b)));
        if
        :: FINALIZED(b) ->
            NEVER(2, NULLIFIED(VIEW(b)));
            NEVER(3, FINALIZED(TWIN(b)));
            y = b;
            u = VIEW(b) - 1;
            do
            :: u == 0 -> break
            :: else ->
                if
                :: VIEW(y) > u -> y = parent[y] - 1
                :: else
                fi;
                NEVER(4, (FINALIZED(FIRST(u)) && y != FIRST(u)) || (FINALIZED(SECOND(u)) && y != SECOND(u)));
                u--
            od
        :: else
        fi;
        b++
    od
}

/* Nobody can accuse a member that keeps the rules: it never casts two notarize or finalize votes, nor a finalize and a
 * nullify vote, in one view. */
inline blameless() {
    m = 0;
    do
    :: m == MEMBERS -> break
    :: else ->
        u = VIEWS;
        do
        :: u == 0 -> break
        :: else ->
            NEVER(5, VOTED(m, NOTARIZE(FIRST(u))) && VOTED(m, NOTARIZE(SECOND(u))));
            NEVER(5, VOTED(m, FINALIZE(FIRST(u))) && VOTED(m, FINALIZE(SECOND(u))));
            NEVER(5, VOTED(m, NULLIFY(u)) && VOTED(m, ANY_FINALIZE(u)));
            u--
        od;
        m++
    od
}

/* --- of states that differ only by the names of the honest members or of the two blocks of a view, one is kept --- */

#define EXCHANGE(array, i, j) swap = array[i]; array[i] = array[j]; array[j] = swap
#ifdef WITHOUT_SYNC
#define EXCHANGE_UNSYNCED(i, j) EXCHANGE(unsynced, i, j)
#define EXCHANGE_UNSYNCED_TWINS(v) EXCHANGE_BITS(unsynced[m], v)
#else
#define EXCHANGE_UNSYNCED(i, j) skip
#define EXCHANGE_UNSYNCED_TWINS(v) skip
#endif
#define RANK(m) ((sent[m] << 15) + journal[m])
#define HEIGHT(m) (4 * final[m] + on_disk[m])
#define ORDER(i, j)                                                                     \
    if                                                                                  \
    :: RANK(i) > RANK(j) || (RANK(i) == RANK(j) && HEIGHT(i) > HEIGHT(j)) ->            \
        EXCHANGE(sent, i, j); EXCHANGE(journal, i, j);                                  \
        EXCHANGE(final, i, j); EXCHANGE(on_disk, i, j); EXCHANGE_UNSYNCED(i, j)         \
    :: else                                                                             \
    fi

/* 9: the bits of the two votes for the first block, shifted; those for the second are one further. */
#define EXCHANGE_BITS(votes, v)                                                         \
    swap = ((votes >> (5 * ((v) - 1))) ^ (votes >> (5 * ((v) - 1) + 1))) & 9;           \
    votes = votes ^ ((swap * 3) << (5 * ((v) - 1)))
#define WEIGHT(b) (32 * COUNT(NOTARIZE(b)) + 8 * COUNT(FINALIZE(b)) + parent[b])
inline order_twins() {
    u = 1;
    do
    :: u > VIEWS -> break
    :: u <= VIEWS && WEIGHT(FIRST(u)) < WEIGHT(SECOND(u)) ->
        m = 0;
        do
        :: m == MEMBERS -> break
        :: else ->
            EXCHANGE_BITS(sent[m], u);
            EXCHANGE_BITS(journal[m], u);
            EXCHANGE_UNSYNCED_TWINS(u);
            m++
        od;
        EXCHANGE(parent, FIRST(u), SECOND(u));
        b = SECOND(u) + 1;
        do
        :: b > BLOCKS -> break
        :: else ->
            if
            :: parent[b] == FIRST(u) + 1 -> parent[b] = SECOND(u) + 1
            :: parent[b] == SECOND(u) + 1 -> parent[b] = FIRST(u) + 1
            :: else
            fi;
            b++
        od;
        u++
    :: else -> u++
    od
}

/* --- what can happen --- */

#ifdef WITHOUT_SYNC
#define WRITE(m, bits) journal[m] = journal[m] | (bits); unsynced[m] = (bits)
#else
#define WRITE(m, bits) journal[m] = journal[m] | (bits)
#endif
#define CAST(m, bits) WRITE(m, bits); sent[m] = sent[m] | (bits); spoken = 1

/* Nobody has voted for block c yet, so its parent can still be any that lets this member vote for it. */
#define FIRST_VOTE(m, c, p)                                                             \
    :: d_step {                                                                         \
        parent[c] == 0 && (!IS_SECOND(c) || parent[TWIN(c)] != 0) &&                    \
        (p == 0 || parent[p] != 0) && MAY_NOTARIZE(m, c, p) ->                          \
        printf("%d notarizes block %d of view %d on block %d\n", m, c, VIEW(c), p);     \
        parent[c] = p + 1;                                                              \
        CAST(m, NOTARIZE(c)) }

#define NOTARIZE_VOTE(m, c)                                                             \
    :: d_step {                                                                         \
        parent[c] != 0 && MAY_NOTARIZE(m, c, parent[c] - 1) ->                          \
        printf("%d notarizes block %d of view %d\n", m, c, VIEW(c));                    \
        CAST(m, NOTARIZE(c)) }

#define FINALIZE_VOTE(m, c)                                                             \
    :: d_step {                                                                         \
        MAY_FINALIZE(m, c) ->                                                           \
        printf("%d finalizes block %d of view %d\n", m, c, VIEW(c));                    \
        CAST(m, FINALIZE(c)) }

/* A second place that makes finalize votes, for whatever is notarized and lacks one. */
#ifdef WITHOUT_ONE_PLACE
#define RETRY(m, c)                                                                     \
    :: d_step {                                                                         \
        NOTARIZED(c) && OPEN(m, VIEW(c)) && !SAID(m, ANY_FINALIZE(VIEW(c))) ->          \
        printf("%d, on a retry, finalizes block %d of view %d\n", m, c, VIEW(c));       \
        CAST(m, FINALIZE(c)) }
#else
#define RETRY(m, c)
#endif

#define NULLIFY_VOTE(m, v)                                                              \
    :: d_step {                                                                         \
        MAY_NULLIFY(m, v) ->                                                            \
        printf("%d nullifies view %d\n", m, v);                                         \
        CAST(m, NULLIFY(v)) }

#ifdef WITHOUT_COMMIT_BEFORE_PRUNE
#define PRUNE_EARLY(m, v) journal[m] = journal[m] & ~UP_TO(v)
#else
#define PRUNE_EARLY(m, v) skip
#endif
#ifdef WITHOUT_LEARNING /* a final view only forbids; README.md says why three views do without */
#define LEARN_FINAL(m, v)
#else
#define LEARN_FINAL(m, v)                                                               \
    :: d_step {                                                                         \
        v > final[m] && (FINALIZED(FIRST(v)) || FINALIZED(SECOND(v))) ->                \
        printf("%d learns that view %d is final\n", m, v);                              \
        final[m] = v;                                                                   \
        PRUNE_EARLY(m, v) }
#endif

/* First the blocks are on disk, then the journal drops what it knows of their views. */
#define COMMIT(m)                                                                       \
    :: d_step {                                                                         \
        final[m] > on_disk[m] ->                                                        \
        printf("%d commits up to view %d\n", m, final[m]);                              \
        on_disk[m] = final[m];                                                          \
        journal[m] = journal[m] & ~UP_TO(final[m]) }

#if defined(WITHOUT_JOURNAL)
#define LOST(m) (journal[m] != 0)
#define LOSE(m) journal[m] = 0
#elif defined(WITHOUT_SYNC)
#define LOST(m) (unsynced[m] != 0)
#define LOSE(m) journal[m] = journal[m] & ~unsynced[m]; unsynced[m] = 0
#else
#define LOST(m) false
#define LOSE(m) skip
#endif
#define RESTART(m)                                                                      \
    :: d_step {                                                                         \
        final[m] > on_disk[m] || LOST(m) ->                                             \
        printf("%d restarts\n", m);                                                     \
        final[m] = on_disk[m];                                                          \
        LOSE(m) }

#define ANY_VIEW(m, v)                                                                  \
    NULLIFY_VOTE(m, v)                                                                  \
    LEARN_FINAL(m, v)                                                                   \
    NOTARIZE_VOTE(m, FIRST(v))                                                          \
    NOTARIZE_VOTE(m, SECOND(v))                                                         \
    FINALIZE_VOTE(m, FIRST(v))                                                          \
    FINALIZE_VOTE(m, SECOND(v))                                                         \
    RETRY(m, FIRST(v))                                                                  \
    RETRY(m, SECOND(v))
#define EITHER(m, v, p) FIRST_VOTE(m, FIRST(v), p) FIRST_VOTE(m, SECOND(v), p)
#define VIEW_1(m) ANY_VIEW(m, 1) EITHER(m, 1, 0)
#define VIEW_2(m) ANY_VIEW(m, 2) EITHER(m, 2, 0) EITHER(m, 2, 1) EITHER(m, 2, 2)
#if VIEWS == 3
#define VIEW_3(m) ANY_VIEW(m, 3) EITHER(m, 3, 0) EITHER(m, 3, 1) EITHER(m, 3, 2) EITHER(m, 3, 3) EITHER(m, 3, 4)
#else
#define VIEW_3(m)
#endif
#define HONEST(m) VIEW_1(m) VIEW_2(m) VIEW_3(m) COMMIT(m) RESTART(m)

init {
    do
    :: atomic {
        if
        HONEST(0)
        HONEST(1)
        HONEST(2)
        fi;
        d_step {
            if
            :: spoken != 0 ->
                spoken = 0;
                check();
#ifdef ACCUSE
                blameless()
#endif
            :: else
            fi;
#ifndef NAMED /* a trace is easier to read if everybody keeps the name */
            order_twins();
            ORDER(0, 1);
            ORDER(1, 2);
            ORDER(0, 1);
#endif
            b = 0; u = 0; y = 0; m = 0; swap = 0
        } }
    od
}
