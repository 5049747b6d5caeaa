/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* All test functions in the order in which they run, and what they share. */
#ifndef TESTS_H
#define TESTS_H

#include "wt.h"
#include "estats.h"
#include "net.h"
#include "proc.h"

/* TEST(name, needs a Set that is allowed) */
#define ALL_TESTS(TEST)     \
    TEST(exports, 0)        \
    TEST(module, 0)         \
    TEST(stack_balance, 0)  \
    TEST(last_error, 1)     \
    TEST(get_errors, 0)     \
    TEST(get_sizes, 0)      \
    TEST(get_order, 0)      \
    TEST(get_zero_sizes, 1) \
    TEST(set_errors, 1)     \
    TEST(set_order, 1)      \
    TEST(set_zero_size, 1)  \
    TEST(rows, 1)           \
    TEST(absent_rows, 1)    \
    TEST(closed_rows, 1)    \
    TEST(half_open, 1)      \
    TEST(default_off, 1)    \
    TEST(echo, 1)           \
    TEST(independence, 1)   \
    TEST(bandwidth, 1)      \
    TEST(buffers, 1)        \
    TEST(bad_pointers, 1)   \
    TEST(byte_counts, 1)    \
    TEST(syn_opts, 0)       \
    TEST(sanity, 1)         \
    TEST(bulk, 1)           \
    TEST(monotone, 1)       \
    TEST(processes, 1)      \
    TEST(reuse, 1)          \
    TEST(dual_stack, 1)     \
    TEST(link_local, 1)     \
    TEST(tables, 1)         \
    TEST(owner, 0)          \
    TEST(totals, 0)         \
    TEST(tokens, 1)         \
    TEST(threads, 1)

#define DECLARE(name, needs_set) void test_##name(void);
ALL_TESTS(DECLARE)
#undef DECLARE

#define FOR_FAMILIES(f) for (enum family f = V4; f < FAMILIES; f++)
#define FOR_CLASSES(c) for (int c = 0; c < CLASSES; c++)
/* The classes that have something to Set. */
#define FOR_SWITCHES(c) for (int c = TcpConnectionEstatsData; c < CLASSES; c++)

/* What Rw reads when all that the class can collect is on; see get_rw(). */
#define RW_ON(cls) ((cls) == TcpConnectionEstatsBandwidth ? 3 : 1)

/* Opens a connection, or says that the machine cannot. */
int test_conn(struct conn *c, enum family family, unsigned flags);

/*
 * Compares a code under the current topic; id names the decision of ours behind it, NULL where it
 * is documented. The other answers that some Windows is known to give pass there.
 */
#define expect_code wt_at(__FILE__, __LINE__), check_code
void check_code(ULONG got, ULONG want, const char *id);

/* The row's class is on or off, as a Get of Rw tells. */
#define expect_rw wt_at(__FILE__, __LINE__), check_rw
void check_rw(const struct row *row, int cls, int want);

/* Finds a connection in GetTcpTable or GetTcp6Table, as that has it. */
int row_from_table(const struct row *wanted, struct row *found);

/* The first row of GetTcpTable or GetTcp6Table in that state. */
int row_in_state(enum family family, DWORD state, struct row *found);

/* Fill patterns of buffers that must stay as they are. */
extern const BYTE fills[2];

#endif
