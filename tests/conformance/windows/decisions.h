/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Where no document says what Windows answers, or evidence is thin, this project decided. A check
 * that rests on such a decision names it. On Windows another answer is reported and is no failure.
 */
#ifndef DECISIONS_H
#define DECISIONS_H

/* DECISION(id, what was decided) */
#define ALL_DECISIONS(DECISION)                                                                   \
    DECISION("type-range", "a type of 9 or more, or negative, is ERROR_INVALID_PARAMETER")        \
    DECISION("row-first", "a Row of NULL is ERROR_INVALID_PARAMETER whatever else is wrong")      \
    DECISION("check-order", "of two things wrong the one earlier in the order of checks answers") \
    DECISION("wrong-size", "any but the exact size is ERROR_INVALID_USER_BUFFER")                 \
    DECISION("no-such-block", "a size for a block that the class lacks is a wrong size")          \
    DECISION("zero-size", "a block of size 0 is skipped even when its pointer is not NULL")       \
    DECISION("all-sizes-zero", "Get with three sizes of 0 tells whether the connection exists")   \
    DECISION("set-zero-first", "Set with RwSize 0 succeeds right after the Row check")            \
    DECISION("set-synopts", "Set of SynOpts is ERROR_INVALID_USER_BUFFER: there is no Rw")        \
    DECISION("bandwidth-range", "a member other than -1, 0, 1 is ERROR_INVALID_PARAMETER")        \
    DECISION("state-ignored", "the State of a row is not looked at")                              \
    DECISION("listen", "LISTEN and SYN_RECV rows are ERROR_NOT_FOUND")                            \
    DECISION("closed", "rows in TIME_WAIT, or FIN_WAIT2 without a program: ERROR_NOT_SUPPORTED")  \
    DECISION("untouched", "a call that fails has written nothing")                                \
    DECISION("off-is-zero", "the Rod of a class that is off reads zeros")                         \
    DECISION("off-direction", "each direction of Bandwidth that is off reads zeros by itself")    \
    DECISION("ros-always", "SndCong's Ros is filled whether the class is on or off")              \
    DECISION("true-is-one", "any non-zero BOOLEAN switches on, and reads back as 1")              \
    DECISION("enable-keeps", "counters are not reset by disabling and enabling")                  \
    DECISION("outlives", "what was enabled stays so when the process that enabled it ends")       \
    DECISION("reuse-is-off", "a new connection with the addresses of an old one starts all off")  \
    DECISION("mapped-rows", "a v4 connection is also found by its ::ffff: row")                   \
    DECISION("scope-hint",                                                                        \
             "a link-local row is found unless its scope ids name another interface")             \
    DECISION("fault", "a bad pointer that is not NULL faults, in the DLL, with nothing changed")  \
    DECISION("last-error", "the four functions leave the thread's last error alone")              \
    DECISION("i386-layout", "a 32-bit program sees the 32-bit layout on 64-bit systems, too")     \
    DECISION("value-shape", "the number keeps a relation that Windows does not promise")

#endif
