/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Set: every error by itself, sizes, RwSize 0. */
#include "tests.h"

#include <string.h>

static const BYTE all_on[8] = {1, 0, 0, 0, 1, 0, 0, 0};

static struct args good_set(const struct row *row, int cls, struct box *rw)
{
    box_fill(rw, 0xcc);
    memcpy(box_ptr(rw), all_on, sizeof(all_on));
    return set_args(row, cls, box_ptr(rw));
}

static void check_set_errors(const char *fam, const struct row *row, const struct row *nothing,
                             int cls)
{
    struct box rw;
    struct args good = good_set(row, cls, &rw), a;
    static const ULONG wrong[] = {1, 2, 0x80000000, 0xffffffff};
    static const int bad_types[] = {9, 10, 255, 0x7fffffff, -1, (int)0x80000000};

    topic("%s.set.row-null", fam);
    a = good;
    a.row = NULL;
    a.family = row->family;
    expect_code(call_set(&a), ERROR_INVALID_PARAMETER, NULL);

    for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        topic("%s.set.version", fam);
        a = good;
        a.block[RW].version = wrong[i];
        expect_code(call_set(&a), ERROR_NOT_SUPPORTED, NULL);
        topic("%s.set.offset", fam);
        a = good;
        a.offset = wrong[i];
        expect_code(call_set(&a), ERROR_NOT_SUPPORTED, NULL);
    }
    topic("%s.set.type", fam);
    for (unsigned i = 0; i < sizeof(bad_types) / sizeof(bad_types[0]); i++) {
        a = good;
        a.type = bad_types[i];
        push_context("type %d", a.type);
        expect_code(call_set(&a), ERROR_INVALID_PARAMETER, "type-range");
        pop_context();
    }
    topic("%s.set.null", fam);
    a = good;
    a.block[RW].ptr = NULL;
    expect_code(call_set(&a), ERROR_INVALID_USER_BUFFER, NULL);
    a.block[RW].size = 0xffffffff;
    expect_code(call_set(&a), ERROR_INVALID_USER_BUFFER, NULL);

    topic("%s.set.size", fam);
    const ULONG sizes[] = {1, 2, 4, 7, 8, 9, 16, 0x7fffffff, 0xffffffff};
    for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        if (sizes[i] == classes[cls].size[RW])
            continue;
        a = good;
        a.block[RW].size = sizes[i];
        push_context("size %lu", sizes[i]);
        expect_code(call_set(&a), ERROR_INVALID_USER_BUFFER, "wrong-size");
        pop_context();
    }
    topic("%s.set.absent", fam);
    a = good;
    a.row = nothing;
    expect_code(call_set(&a), ERROR_NOT_FOUND, NULL);

    topic("%s.set.failed-changed-nothing", fam);
    expect_rw(row, cls, 0);

    topic("%s.set.success", fam);
    expect_code(call_set(&good), NO_ERROR, NULL);
    topic("%s.set.rw-untouched", fam);
    ok(call_set(&good) == NO_ERROR && !memcmp(box_ptr(&rw), all_on, sizeof(all_on)) &&
           box_untouched(&rw, sizeof(all_on)),
       "the caller's Rw was written to");
}

void test_set_errors(void)
{
    FOR_FAMILIES(f)
    {
        struct row nothing = row_of_nothing(f);
        struct conn c;

        topic("%s.set.connection", family_names[f]);
        if (!test_conn(&c, f, 0))
            continue;
        FOR_SWITCHES(cls)
        {
            push_context("%s", classes[cls].name);
            check_set_errors(family_names[f], &c.client_row, &nothing, cls);
            pop_context();
        }
        topic("%s.set.synopts", family_names[f]);
        for (ULONG size = 1; size <= 12; size++) {
            BYTE rw[12] = {1};
            struct args a = {.row = &c.client_row, .type = TcpConnectionEstatsSynOpts};

            a.block[RW].size = size;
            expect_code(call_set(&a), ERROR_INVALID_USER_BUFFER, "set-synopts");
            a.block[RW].ptr = rw;
            expect_code(call_set(&a), ERROR_INVALID_USER_BUFFER, "set-synopts");
        }
        conn_close(&c);
    }
}

/* With RwSize 0 nothing else counts but that there is a Row. */
static void check_zero_size(const char *fam, const struct row *row, const struct row *nothing,
                            int cls)
{
    BYTE rw[8] = {0};
    struct args good = {.row = row, .type = cls}, a;

    topic("%s.set.zero-size", fam);
    expect_code(call_set(&good), NO_ERROR, NULL);
    a = good;
    a.block[RW].ptr = rw;
    expect_code(call_set(&a), NO_ERROR, NULL);

    topic("%s.set.zero-size.first", fam);
    a.block[RW].version = 1;
    expect_code(call_set(&a), NO_ERROR, "set-zero-first");
    a.offset = 4;
    expect_code(call_set(&a), NO_ERROR, "set-zero-first");
    a.row = nothing;
    expect_code(call_set(&a), NO_ERROR, "set-zero-first");
    a.type = 9;
    expect_code(call_set(&a), NO_ERROR, "set-zero-first");
    a.block[RW].ptr = (void *)8; /* never looked at */
    expect_code(call_set(&a), NO_ERROR, "set-zero-first");

    topic("%s.set.zero-size.row-null", fam);
    a = good;
    a.row = NULL;
    a.family = row->family;
    expect_code(call_set(&a), ERROR_INVALID_PARAMETER, "row-first");
}

void test_set_zero_size(void)
{
    FOR_FAMILIES(f)
    {
        struct row nothing = row_of_nothing(f);
        struct conn c;

        topic("%s.set.zero-size", family_names[f]);
        if (!test_conn(&c, f, 0))
            continue;
        for (int on = 0; on < 2; on++) {
            FOR_CLASSES(cls)
            {
                push_context("%s %s", classes[cls].name, on ? "on" : "off");
                if (on && cls != TcpConnectionEstatsSynOpts)
                    set_class(&c.client_row, cls, 1);
                check_zero_size(family_names[f], &c.client_row, &nothing, cls);
                topic("%s.set.zero-size.keeps", family_names[f]);
                if (cls != TcpConnectionEstatsSynOpts)
                    expect_rw(&c.client_row, cls, on ? RW_ON(cls) : 0);
                pop_context();
            }
        }
        conn_close(&c);
    }
}
