/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Of two things wrong at once, the earlier check answers: all pairs, for both functions. The two
 * tables below stand in the order of the checks. A condition spoils one thing in arguments that are
 * otherwise faultless; variant chooses which where there is a choice.
 */
#include "tests.h"

#include <string.h>

struct context {
    struct row nothing;
    struct boxes boxes;
    union {
        BYTE byte;
        TCP_ESTATS_BANDWIDTH_RW_v0 both;
    } rw;
    HANDLE impersonation; /* of a user without Administrators; also set by the condition access */
    int use_impersonation;
};

struct condition {
    const char *name;
    ULONG code;
    /* Returns 0 where the class offers nothing to spoil. */
    int (*spoil)(struct args *a, struct context *x, unsigned variant);
    const char *id;    /* decision behind the code, or NULL */
    unsigned argument; /* two conditions on the same argument cannot be combined */
};

enum { A_ROW = 1, A_TYPE = 2, A_SIZE = 4, A_POINTER = 8, A_OTHER = 0 };

static int spoil_row(struct args *a, struct context *x, unsigned variant)
{
    (void)x;
    a->family = a->row->family;
    a->row = NULL;
    return variant == 0;
}

static int spoil_type(struct args *a, struct context *x, unsigned variant)
{
    static const int types[] = {9, -1, 0x7fffffff};

    (void)x;
    a->type = types[variant];
    return 1;
}

static int spoil_absent(struct args *a, struct context *x, unsigned variant)
{
    a->row = &x->nothing;
    return variant == 0;
}

static int get_spoil_version(struct args *a, struct context *x, unsigned variant)
{
    (void)x;
    a->block[variant].version = 1;
    return 1;
}

static int get_spoil_pointer(struct args *a, struct context *x, unsigned variant)
{
    (void)x;
    if (!a->block[variant].size)
        return 0;
    a->block[variant].ptr = NULL;
    return 1;
}

static int get_spoil_size(struct args *a, struct context *x, unsigned variant)
{
    (void)x;
    if (!classes[a->type % CLASSES].size[variant])
        return 0;
    a->block[variant].size++;
    return 1;
}

static int get_spoil_lacking(struct args *a, struct context *x, unsigned variant)
{
    if (a->block[variant].size)
        return 0;
    a->block[variant].ptr = box_ptr(&x->boxes.block[variant]);
    a->block[variant].size = 4;
    return 1;
}

static const struct condition get_order[] = {
    {"row", ERROR_INVALID_PARAMETER, spoil_row, NULL, A_ROW},
    {"type", ERROR_INVALID_PARAMETER, spoil_type, "type-range", A_TYPE},
    {"version", ERROR_NOT_SUPPORTED, get_spoil_version, NULL, A_OTHER},
    {"null", ERROR_INVALID_USER_BUFFER, get_spoil_pointer, NULL, A_POINTER},
    {"size", ERROR_INVALID_USER_BUFFER, get_spoil_size, "wrong-size", A_SIZE},
    {"no-such-block", ERROR_INVALID_USER_BUFFER, get_spoil_lacking, "no-such-block", A_SIZE},
    {"absent", ERROR_NOT_FOUND, spoil_absent, NULL, A_ROW},
};

static int set_spoil_zero(struct args *a, struct context *x, unsigned variant)
{
    (void)x;
    a->block[RW].size = 0;
    return variant == 0;
}

static int set_spoil_access(struct args *a, struct context *x, unsigned variant)
{
    (void)a;
    x->use_impersonation = 1;
    return variant == 0 && x->impersonation;
}

static int set_spoil_version(struct args *a, struct context *x, unsigned variant)
{
    static const ULONG versions[] = {1, 2, 0xffffffff};

    (void)x;
    a->block[RW].version = versions[variant];
    return 1;
}

static int set_spoil_offset(struct args *a, struct context *x, unsigned variant)
{
    static const ULONG offsets[] = {1, 4, 0xffffffff};

    (void)x;
    a->offset = offsets[variant];
    return 1;
}

static int set_spoil_synopts(struct args *a, struct context *x, unsigned variant)
{
    (void)x;
    a->type = TcpConnectionEstatsSynOpts;
    return variant == 0;
}

static int set_spoil_pointer(struct args *a, struct context *x, unsigned variant)
{
    (void)x;
    a->block[RW].ptr = NULL;
    return variant == 0;
}

static int set_spoil_size(struct args *a, struct context *x, unsigned variant)
{
    static const int more[] = {1, 3, -2};

    (void)x;
    a->block[RW].size += (ULONG)more[variant];
    return 1;
}

static int set_spoil_member(struct args *a, struct context *x, unsigned variant)
{
    if (a->type != TcpConnectionEstatsBandwidth)
        return 0;
    x->rw.both.EnableCollectionInbound = variant == 0 ? 2 : variant == 1 ? -2 : 0x7fffffff;
    return 1;
}

static const struct condition set_order[] = {
    {"row", ERROR_INVALID_PARAMETER, spoil_row, NULL, A_ROW},
    {"zero-size", NO_ERROR, set_spoil_zero, NULL, A_SIZE},
    {"access", ERROR_ACCESS_DENIED, set_spoil_access, NULL, A_OTHER},
    {"version", ERROR_NOT_SUPPORTED, set_spoil_version, NULL, A_OTHER},
    {"offset", ERROR_NOT_SUPPORTED, set_spoil_offset, NULL, A_OTHER},
    {"type", ERROR_INVALID_PARAMETER, spoil_type, "type-range", A_TYPE},
    {"synopts", ERROR_INVALID_USER_BUFFER, set_spoil_synopts, "set-synopts", A_TYPE},
    {"null", ERROR_INVALID_USER_BUFFER, set_spoil_pointer, NULL, A_POINTER},
    {"size", ERROR_INVALID_USER_BUFFER, set_spoil_size, "wrong-size", A_SIZE},
    {"absent", ERROR_NOT_FOUND, spoil_absent, NULL, A_ROW},
    {"member", ERROR_INVALID_PARAMETER, set_spoil_member, "bandwidth-range", A_OTHER},
};

/* What decides that the first of two conditions wins. */
static const char *pair_decision(const struct condition *a, const struct condition *b, int set)
{
    if (a->id)
        return a->id;
    if (a->code == b->code)
        return NULL;
    if (a->spoil == spoil_row)
        return "row-first";
    if (set && a->code == NO_ERROR)
        return "set-zero-first";
    /* Versions before sizes, and access before type and size, were seen on Windows. */
    if ((!set && a->code == ERROR_NOT_SUPPORTED && b->code == ERROR_INVALID_USER_BUFFER) ||
        (a->code == ERROR_ACCESS_DENIED && (b->argument & (A_SIZE | A_TYPE))))
        return NULL;
    return "check-order";
}

static void check_pair(const struct row *row, int cls, struct context *x, int set,
                       const struct condition *first, const struct condition *second)
{
    if (first != second && first->argument && first->argument == second->argument)
        return;
    for (unsigned v = 0; v < 9; v++) {
        struct args a;
        ULONG code;

        memset(&x->rw, 0, sizeof(x->rw));
        x->rw.byte = 1;
        x->use_impersonation = 0;
        a = set ? set_args(row, cls, &x->rw) : get_args(row, cls, &x->boxes);
        /* The later one first: sizes go by the type, which an earlier one spoils. */
        if (!second->spoil(&a, x, v / 3) || (first != second && !first->spoil(&a, x, v % 3)))
            continue;
        boxes_fill(&x->boxes, fills[v % 2]);
        if (x->use_impersonation)
            SetThreadToken(NULL, x->impersonation);
        code = set ? call_set(&a) : call_get(&a);
        if (x->use_impersonation)
            SetThreadToken(NULL, NULL);
        push_context("variant %u", v);
        expect_code(code, first->code, pair_decision(first, second, set));
        for (int b = 0; b < BLOCKS && !set; b++)
            decision("untouched", box_untouched(&x->boxes.block[b], 0), "%s written to",
                     block_names[b]);
        pop_context();
    }
}

static void check_all_pairs(enum family f, int set, const struct condition *order, unsigned n)
{
    const char *fam = family_names[f], *call = set ? "set" : "get";
    struct context x = {.nothing = row_of_nothing(f)};
    struct conn c;

    topic("%s.%s.order", fam, call);
    if (!test_conn(&c, f, 0))
        return;
    x.impersonation = set ? impersonation_without_admin() : NULL;
    for (int cls = set ? TcpConnectionEstatsData : 0; cls < CLASSES; cls++) {
        push_context("%s", classes[cls].name);
        for (unsigned i = 0; i < n; i++) {
            for (unsigned j = i + 1; j < n; j++) {
                topic("%s.%s.order.%s-before-%s", fam, call, order[i].name, order[j].name);
                check_pair(&c.client_row, cls, &x, set, &order[i], &order[j]);
            }
        }
        if (set) {
            topic("%s.set.order.changed-nothing", fam);
            expect_rw(&c.client_row, cls, 0);
        }
        pop_context();
    }
    if (x.impersonation)
        CloseHandle(x.impersonation);
    conn_close(&c);
}

void test_get_order(void)
{
    FOR_FAMILIES(f) check_all_pairs(f, 0, get_order, sizeof(get_order) / sizeof(get_order[0]));
}

void test_set_order(void)
{
    FOR_FAMILIES(f) check_all_pairs(f, 1, set_order, sizeof(set_order) / sizeof(set_order[0]));
}
