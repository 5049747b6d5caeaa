/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The argument checks of the four Windows functions, over the whole matrix of arguments, against
 * the second opinion of check-oracle.h.
 */
#include <string.h>

#include "suite.h"

#include "check-oracle.h"

static const uint32_t classes[] = {0, 1, 2, 3,  4,           5,           6,
                                   7, 8, 9, 10, 0x7fffffffu, 0x80000000u, 0xffffffffu};
static const uint32_t versions[] = {0, 1, 0x80000000u};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define SIZES 8

/* The sizes worth trying where exact is right: it, its neighbours, the other layout's, the ends. */
static void sizes_around(unsigned exact, unsigned other, uint32_t *sizes)
{
    const uint32_t list[SIZES] = {0, 1, exact, exact - 1, exact + 1, other, 0xffffffffu, 0x100};

    memcpy(sizes, list, sizeof(list));
}

/* Numbers 0..(2 * SIZES - 1) stand for a pointer and a size. */
static void set_buffer(struct check_buffer *b, const uint32_t *sizes, unsigned number)
{
    static char memory;

    b->ptr = number & 1 ? &memory : NULL;
    b->size = sizes[number / 2];
}

static void try_get(struct check_get *g, unsigned pointer_size)
{
    uint32_t sizes[3][SIZES];
    unsigned i, j, k;

    for (i = 0; i < 3; i++)
        sizes_around(exact_size(g->cls, i, pointer_size), exact_size(g->cls, i, 12 - pointer_size),
                     sizes[i]);
    for (i = 0; i < 2 * SIZES; i++) {
        set_buffer(&g->block[0], sizes[0], i);
        for (j = 0; j < 2 * SIZES; j++) {
            set_buffer(&g->block[1], sizes[1], j);
            for (k = 0; k < 2 * SIZES; k++) {
                uint32_t code, expected;

                set_buffer(&g->block[2], sizes[2], k);
                code = check_get(g, &oracle_env, pointer_size);
                expected = expected_get(g, pointer_size);
                if (code != expected)
                    ck_abort_msg("class %u sizes %u %u %u: %u, not %u", g->cls, g->block[0].size,
                                 g->block[1].size, g->block[2].size, code, expected);
            }
        }
    }
}

START_TEST(get_answers_by_the_documented_order)
{
    char row = 0;

    for (unsigned n = 0; n < 2 * 2 * 2 * COUNT(classes) * 4; n++) {
        struct check_get g = {.row = n & 1 ? &row : NULL};
        unsigned pointer_size = n & 2 ? 8 : 4, rest = n / 8;

        helper_there = n & 4;
        g.cls = classes[rest % COUNT(classes)];
        rest /= COUNT(classes);
        /* all right, or one of the three wrong */
        if (rest)
            g.block[rest - 1].version = versions[1 + rest % 2];
        try_get(&g, pointer_size);
    }
}
END_TEST

START_TEST(set_answers_by_the_documented_order)
{
    static const uint32_t accesses[] = {0, 5, 8};
    char row = 0;

    for (unsigned n = 0; n < 8 * COUNT(classes) * COUNT(versions) * 3 * 3; n++) {
        struct check_set s = {.row = n & 1 ? &row : NULL};
        unsigned pointer_size = n & 2 ? 8 : 4, rest = n / 8, i;
        uint32_t sizes[SIZES];

        helper_there = n & 4;
        s.cls = classes[rest % COUNT(classes)];
        rest /= COUNT(classes);
        s.rw.version = versions[rest % COUNT(versions)];
        rest /= COUNT(versions);
        s.offset = versions[rest % 3];
        access_code = accesses[rest / 3];
        sizes_around(exact_size(s.cls, 0, pointer_size), 2, sizes);
        for (i = 0; i < 2 * SIZES; i++) {
            bool done, expect_done;

            set_buffer(&s.rw, sizes, i);
            expect_done = s.row && helper_there && !s.rw.size;
            ck_assert_uint_eq(check_set(&s, &oracle_env, pointer_size, &done),
                              expected_set(&s, pointer_size));
            ck_assert_int_eq(done, expect_done);
        }
    }
}
END_TEST

START_TEST(nothing_is_asked_before_its_turn)
{
    struct check_get g = {.row = NULL};
    struct check_set s = {.row = NULL, .rw = {NULL, 0, 1}};
    char row = 0;
    bool done;

    helper_there = true;
    access_code = 5;
    helper_asked = access_asked = 0;
    check_get(&g, &oracle_env, 8);
    check_set(&s, &oracle_env, 8, &done);
    ck_assert_uint_eq(helper_asked, 0);

    s.row = &row;
    s.rw.size = 0;
    check_set(&s, &oracle_env, 8, &done);
    ck_assert_uint_eq(access_asked, 0);
    s.rw.size = 1;
    check_set(&s, &oracle_env, 8, &done);
    ck_assert_uint_eq(access_asked, 1);
}
END_TEST

START_TEST(sizes_are_the_librarys)
{
    for (unsigned cls = 0; cls < 12; cls++) {
        for (unsigned block = 0; block < 3; block++) {
            for (unsigned abi = 0; abi < 2; abi++) {
                unsigned pointer_size = abi == TCPESTATS_ABI_X86_64 ? 8 : 4;
                uint32_t size = check_block_size(cls, (enum check_block)block, pointer_size);

                ck_assert_uint_eq(size, tcpestats_block_size(cls, block, abi));
                ck_assert_uint_eq(size, exact_size(cls, block, pointer_size));
            }
        }
    }
}
END_TEST

START_TEST(bandwidth_has_three_switch_positions)
{
    ck_assert(check_switch(-1) && check_switch(0) && check_switch(1));
    ck_assert(!check_switch(-2) && !check_switch(2) && !check_switch(INT32_MAX) &&
              !check_switch(INT32_MIN));
}
END_TEST

/* The way is errno, NTSTATUS, Win32 code: two codes behind one NTSTATUS would lose one of them. */
START_TEST(an_error_survives_the_unix_call)
{
    static const struct {
        uint32_t status, win32;
    } rows[] = {
#define ERRNO(error, status, win32, text) {status, win32},
#include "base/errors.def"
#undef ERRNO
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        for (size_t j = 0; j < i; j++) {
            if (rows[i].status == rows[j].status)
                ck_assert_uint_eq(rows[i].win32, rows[j].win32);
        }
    }
}
END_TEST

SUITE("argument checks", 60, get_answers_by_the_documented_order,
      set_answers_by_the_documented_order, nothing_is_asked_before_its_turn, sizes_are_the_librarys,
      bandwidth_has_three_switch_positions, an_error_survives_the_unix_call)
