/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Get: every error by itself, every size, every choice of blocks. */
#include "tests.h"

#include <string.h>

static void expect_untouched(struct boxes *boxes)
{
    for (int i = 0; i < BLOCKS; i++)
        decision("untouched", box_untouched(&boxes->block[i], 0), "%s was written to",
                 block_names[i]);
}

/* Calls with both fill patterns: a write of the very pattern would pass one of them. */
static void expect_get(struct args a, struct boxes *boxes, ULONG want, const char *id)
{
    for (int i = 0; i < 2; i++) {
        boxes_fill(boxes, fills[i]);
        expect_code(call_get(&a), want, id);
        expect_untouched(boxes);
    }
}

static void one_version_wrong(struct args a, struct boxes *boxes, ULONG version)
{
    for (int b = 0; b < BLOCKS; b++) {
        struct args wrong = a;

        wrong.block[b].version = version;
        push_context("%s version %lu", block_names[b], version);
        expect_get(wrong, boxes, ERROR_NOT_SUPPORTED, NULL);
        pop_context();
    }
}

void test_get_errors(void)
{
    static const int bad_types[] = {9, 10, 255, 0x7fffffff, -1, (int)0x80000000};

    FOR_FAMILIES(f)
    {
        struct row nothing = row_of_nothing(f);
        const char *fam = family_names[f];
        struct boxes boxes;
        struct conn c;

        topic("%s.get.connection", fam);
        if (!test_conn(&c, f, 0))
            continue;
        FOR_CLASSES(cls)
        {
            struct args good = get_args(&c.client_row, cls, &boxes), a;

            push_context("%s", classes[cls].name);

            topic("%s.get.success", fam);
            boxes_fill(&boxes, 0xcc);
            expect_code(call_get(&good), NO_ERROR, NULL);

            topic("%s.get.row-null", fam);
            a = good;
            a.row = NULL;
            a.family = f;
            expect_get(a, &boxes, ERROR_INVALID_PARAMETER, NULL);

            topic("%s.get.version", fam);
            one_version_wrong(good, &boxes, 1);
            one_version_wrong(good, &boxes, 0xffffffff);

            topic("%s.get.type", fam);
            for (unsigned t = 0; t < sizeof(bad_types) / sizeof(bad_types[0]); t++) {
                a = good;
                a.type = bad_types[t];
                push_context("type %d", a.type);
                expect_get(a, &boxes, ERROR_INVALID_PARAMETER, "type-range");
                pop_context();
            }

            topic("%s.get.absent", fam);
            a = good;
            a.row = &nothing;
            expect_get(a, &boxes, ERROR_NOT_FOUND, NULL);
            pop_context();
        }
        conn_close(&c);
    }
}

/* All sizes that are not the one size of a block. */
static unsigned wrong_sizes(int cls, int b, ULONG sizes[16])
{
    const ULONG exact = classes[cls].size[b];
    const ULONG candidates[] = {exact - 1,  exact + 1,  exact / 2,
                                exact * 2,  exact + 4,  1,
                                8,          12,         classes[cls].other_abi[b],
                                0x7fffffff, 0x80000000, 0xffffffff};
    unsigned n = 0;

    for (unsigned i = 0; i < sizeof(candidates) / sizeof(candidates[0]); i++)
        if (candidates[i] && candidates[i] != exact)
            sizes[n++] = candidates[i];
    return n;
}

static void check_block_sizes(const char *fam, const struct row *row, int cls, int b)
{
    struct boxes boxes;
    struct args good = get_args(row, cls, &boxes), a;
    const ULONG exact = good.block[b].size;
    ULONG sizes[16];
    unsigned n = wrong_sizes(cls, b, sizes);

    if (exact) {
        topic("%s.get.null.%s", fam, block_names[b]);
        a = good;
        a.block[b].ptr = NULL;
        expect_get(a, &boxes, ERROR_INVALID_USER_BUFFER, NULL);
    }
    topic("%s.get.%s.%s", fam, exact ? "size" : "no-such-block", block_names[b]);
    for (unsigned i = 0; i < n; i++) {
        push_context("%s size %lu", block_names[b], sizes[i]);
        a = good;
        a.block[b].ptr = box_ptr(&boxes.block[b]);
        a.block[b].size = sizes[i];
        expect_get(a, &boxes, ERROR_INVALID_USER_BUFFER, exact ? "wrong-size" : "no-such-block");
        a.block[b].ptr = NULL;
        expect_get(a, &boxes, ERROR_INVALID_USER_BUFFER, exact ? NULL : "no-such-block");
        pop_context();
    }
}

void test_get_sizes(void)
{
    FOR_FAMILIES(f)
    {
        struct conn c;

        topic("%s.get.size", family_names[f]);
        if (!test_conn(&c, f, 0))
            continue;
        FOR_CLASSES(cls)
        {
            push_context("%s", classes[cls].name);
            for (int b = 0; b < BLOCKS; b++)
                check_block_sizes(family_names[f], &c.client_row, cls, b);
            pop_context();
        }
        topic("%s.get.i386-layout", family_names[f]);
        if (sizeof(void *) == 4) {
            BYTE rod[160];

            decision("i386-layout", get_rod(&c.client_row, TcpConnectionEstatsRec, rod) == NO_ERROR,
                     "Rec of 56 bytes refused");
        }
        conn_close(&c);
    }
}

/* Asks for the blocks of a mask; the rest has size 0, and a pointer or none. */
static void check_mask(const struct row *row, int cls, unsigned mask, int with_pointers)
{
    struct boxes boxes;
    struct args a = get_args(row, cls, &boxes);

    for (int b = 0; b < BLOCKS; b++) {
        if (mask & (1u << b))
            continue;
        a.block[b].size = 0;
        a.block[b].ptr = with_pointers ? box_ptr(&boxes.block[b]) : NULL;
    }
    for (int i = 0; i < 2; i++) {
        boxes_fill(&boxes, fills[i]);
        expect_code(call_get(&a), NO_ERROR,
                    !mask           ? "all-sizes-zero"
                    : with_pointers ? "zero-size"
                                    : NULL);
        for (int b = 0; b < BLOCKS; b++) {
            ok(box_untouched(&boxes.block[b], a.block[b].size), "%s: written outside its %lu bytes",
               block_names[b], a.block[b].size);
            /* A fill pattern is no Rw, and no Ros of ours is made of it. */
            if (a.block[b].size && b != ROD)
                ok(!all_bytes_are(box_ptr(&boxes.block[b]), fills[i], a.block[b].size),
                   "%s: not written", block_names[b]);
        }
    }
}

void test_get_zero_sizes(void)
{
    FOR_FAMILIES(f)
    {
        struct row nothing = row_of_nothing(f);
        struct conn c;

        topic("%s.get.blocks", family_names[f]);
        if (!test_conn(&c, f, 0))
            continue;
        for (int on = 0; on < 2; on++) {
            FOR_CLASSES(cls)
            {
                push_context("%s %s", classes[cls].name, on ? "on" : "off");
                if (on && cls != TcpConnectionEstatsSynOpts)
                    set_class(&c.client_row, cls, 1);
                for (unsigned mask = 0; mask < 1u << BLOCKS; mask++) {
                    push_context("blocks %u", mask);
                    topic("%s.get.blocks.%s", family_names[f], mask ? "null" : "none");
                    check_mask(&c.client_row, cls, mask, 0);
                    topic("%s.get.blocks.%s", family_names[f], mask ? "pointer" : "none");
                    check_mask(&c.client_row, cls, mask, 1);
                    pop_context();
                }
                topic("%s.get.blocks.none-absent", family_names[f]);
                struct args a = {.row = &nothing, .type = cls};

                expect_code(call_get(&a), ERROR_NOT_FOUND, "all-sizes-zero");
                pop_context();
            }
        }
        conn_close(&c);
    }
}
