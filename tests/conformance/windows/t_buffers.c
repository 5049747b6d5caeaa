/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where in memory the caller's structures lie: canaries, guard pages, odd and bad addresses. */
#include "tests.h"

#include <string.h>

/* Everything written lies within the sizes given. */
static void check_canaries(const struct row *row, int cls)
{
    struct boxes boxes;
    struct args a = get_args(row, cls, &boxes);

    for (int i = 0; i < 2; i++) {
        boxes_fill(&boxes, fills[i]);
        expect_code(call_get(&a), NO_ERROR, NULL);
        for (int b = 0; b < BLOCKS; b++)
            ok(box_untouched(&boxes.block[b], a.block[b].size), "%s: written past its %lu bytes",
               block_names[b], a.block[b].size);
    }
}

/* Row and blocks end right before a page that cannot be touched, so at odd addresses, too. */
static void check_guard_pages(const struct row *row, int cls)
{
    const size_t row_size = row->family == V4 ? sizeof(row->v4) : sizeof(row->v6);
    void *row_copy = guarded(row_size);
    struct args a = {.raw_row = row_copy, .family = row->family, .type = cls};

    memcpy(row_copy, row->bytes, row_size);
    for (int b = 0; b < BLOCKS; b++) {
        a.block[b].size = classes[cls].size[b];
        a.block[b].ptr = guarded(a.block[b].size);
    }
    expect_code(call_get(&a), NO_ERROR, NULL);
    if (classes[cls].size[RW]) {
        memset(a.block[RW].ptr, 0, a.block[RW].size);
        *(BYTE *)a.block[RW].ptr = 1;
        expect_code(call_set(&a), NO_ERROR, NULL);
    }
    for (int b = 0; b < BLOCKS; b++)
        guard_free(a.block[b].ptr);
    guard_free(row_copy);
}

static void check_odd_addresses(const struct row *row, int cls)
{
    BYTE row_copy[sizeof(row->bytes) + 1];
    struct boxes boxes;
    struct args a = get_args(row, cls, &boxes);

    memcpy(row_copy + 1, row->bytes, sizeof(row->bytes));
    a.raw_row = row_copy + 1;
    a.family = row->family;
    a.row = NULL;
    for (int shift = 1; shift < 8; shift++) {
        struct args odd = a;

        boxes_fill(&boxes, 0xcc);
        for (int b = 0; b < BLOCKS; b++)
            if (a.block[b].size)
                odd.block[b].ptr = (BYTE *)a.block[b].ptr + shift;
        expect_code(call_get(&odd), NO_ERROR, NULL);
        for (int b = 0; b < BLOCKS; b++)
            ok(all_bytes_are(box_ptr(&boxes.block[b]), 0xcc, shift) &&
                   box_untouched(&boxes.block[b], a.block[b].size + shift),
               "%s: written beside", block_names[b]);
    }
}

void test_buffers(void)
{
    FOR_FAMILIES(f)
    {
        struct conn c;

        topic("%s.buffers", family_names[f]);
        if (!test_conn(&c, f, 0))
            continue;
        for (int on = 0; on < 2; on++) {
            FOR_CLASSES(cls)
            {
                push_context("%s %s", classes[cls].name, on ? "on" : "off");
                if (on && cls != TcpConnectionEstatsSynOpts)
                    set_class(&c.client_row, cls, 1);
                topic("%s.buffers.canaries", family_names[f]);
                check_canaries(&c.client_row, cls);
                topic("%s.buffers.odd-address", family_names[f]);
                check_odd_addresses(&c.client_row, cls);
                topic("%s.buffers.guard-page", family_names[f]);
                check_guard_pages(&c.client_row, cls);
                pop_context();
            }
        }
        conn_close(&c);
    }
}

struct faulty {
    struct args args;
    int set;
    ULONG code;
};

static void call_faulty(void *arg)
{
    struct faulty *f = arg;

    f->code = f->set ? call_set(&f->args) : call_get(&f->args);
}

struct probe {
    struct row row;
    int cls;
    ULONG set, get;
};

static DWORD WINAPI probe_thread(void *arg)
{
    struct probe *p = arg;
    BYTE rod[160];

    p->get = get_rod(&p->row, p->cls, rod);
    p->set = set_class(&p->row, TcpConnectionEstatsObsRec, 1);
    return 0;
}

/* Other threads and other connections go on as if nothing had been. */
static void expect_all_well(const struct row *row, const char *id)
{
    struct probe *p = HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, sizeof(*p));
    HANDLE thread;
    DWORD waited;

    p->row = *row;
    p->cls = TcpConnectionEstatsData;
    p->get = p->set = ~0u;
    thread = CreateThread(NULL, 0, probe_thread, p, 0, NULL);
    waited = WaitForSingleObject(thread, 5000);
    decision(id, waited == WAIT_OBJECT_0, "another thread hangs");
    if (waited != WAIT_OBJECT_0)
        return;
    decision(id, p->get == NO_ERROR && p->set == NO_ERROR, "Get %lu, Set %lu in another thread",
             p->get, p->set);
    CloseHandle(thread);
    HeapFree(GetProcessHeap(), 0, p);
}

static int expect_fault(struct args a, int set, const void *bad)
{
    struct faulty call = {a, set, 0};
    struct fault fault = {0};
    DWORD exception = catch_fault(call_faulty, &call, &fault);
    HMODULE module = NULL;

    decision("fault", exception == (DWORD)EXCEPTION_ACCESS_VIOLATION, "no fault; the call gave %lu",
             call.code);
    if (!exception)
        return 0;
    GetModuleHandleExA(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS |
                           GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT,
                       fault.instruction, &module);
    decision("fault", module != NULL, "faulted outside of every DLL, at %p", fault.instruction);
    decision("fault",
             (const BYTE *)fault.data >= (const BYTE *)bad &&
                 (const BYTE *)fault.data < (const BYTE *)bad + 160,
             "faulted on %p, not at %p", fault.data, bad);
    return 1;
}

static void check_bad_pointers(const struct row *row, const char *fam, void *bad)
{
    static const BYTE on[8] = {1};

    FOR_CLASSES(cls)
    {
        struct boxes boxes;
        struct args a;

        push_context("%s", classes[cls].name);
        for (int b = 0; b < BLOCKS; b++) {
            if (!classes[cls].size[b])
                continue;
            topic("%s.fault.get.%s", fam, block_names[b]);
            boxes_fill(&boxes, 0xcc);
            a = get_args(row, cls, &boxes);
            a.block[b].ptr = bad;
            expect_fault(a, 0, bad);
        }
        topic("%s.fault.get.row", fam);
        a = get_args(row, cls, &boxes);
        a.row = NULL;
        a.raw_row = bad;
        a.family = row->family;
        expect_fault(a, 0, bad);
        if (classes[cls].size[RW]) {
            topic("%s.fault.set.rw", fam);
            set_class(row, cls, 0);
            a = set_args(row, cls, bad);
            expect_fault(a, 1, bad);
            topic("%s.fault.set.row", fam);
            a = set_args(row, cls, (void *)on);
            a.row = NULL;
            a.raw_row = bad;
            a.family = row->family;
            expect_fault(a, 1, bad);
            topic("%s.fault.changed-nothing", fam);
            expect_rw(row, cls, 0);
        }
        topic("%s.fault.holds-no-lock", fam);
        expect_all_well(row, "fault");
        pop_context();
    }
}

/* A block whose last byte alone is out of reach: neither it nor the others have been written. */
static void check_half_bad(const struct row *row, const char *fam)
{
    FOR_CLASSES(cls)
    {
        push_context("%s", classes[cls].name);
        for (int b = 0; b < BLOCKS; b++) {
            const ULONG size = classes[cls].size[b];
            BYTE *half = guarded(size ? size - 1 : 0);
            struct boxes boxes;
            struct args a = get_args(row, cls, &boxes);

            if (size) {
                boxes_fill(&boxes, 0xcc);
                memset(half, 0xcc, size - 1);
                a.block[b].ptr = half;
                topic("%s.fault.get.last-byte", fam);
                int faulted = expect_fault(a, 0, half);

                topic("%s.fault.get.nothing-written", fam);
                decision("fault", faulted && all_bytes_are(half, 0xcc, size - 1), "%s half written",
                         block_names[b]);
                for (int k = 0; k < BLOCKS; k++)
                    decision("fault", box_untouched(&boxes.block[k], 0), "%s written, %s faulted",
                             block_names[k], block_names[b]);
            }
            guard_free(half);
        }
        pop_context();
    }
}

void test_bad_pointers(void)
{
    FOR_FAMILIES(f)
    {
        struct conn c;
        BYTE *before_guard = guarded(1);

        topic("%s.fault", family_names[f]);
        if (!test_conn(&c, f, 0))
            continue;
        push_context("guard page");
        check_bad_pointers(&c.client_row, family_names[f], before_guard + 1);
        pop_context();
        check_half_bad(&c.client_row, family_names[f]);
        push_context("low address");
        check_bad_pointers(&c.client_row, family_names[f], (void *)64);
        pop_context();
        conn_close(&c);
        guard_free(before_guard);
    }
}
