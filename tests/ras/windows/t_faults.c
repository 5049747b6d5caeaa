/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Memory that ends too soon: the program sees its own fault, and nothing has been written before.
 */
#include "api.h"
#include "fault.h"
#include "ras-tests.h"

#include <string.h>

#define FILL 0xa5

struct call {
    HRASCONN conn;
    void *buffer;
    DWORD size, count;
    int kind;
};

static void call_get(void *arg)
{
    struct call *call = arg;

    ras_get(call->conn, call->buffer);
}

static void call_status(void *arg)
{
    struct call *call = arg;

    ras_status(call->kind, call->conn, call->buffer);
}

static void call_enum(void *arg)
{
    struct call *call = arg;

    ras_enum(call->kind, call->buffer, &call->size, &call->count);
}

/* A structure of size bytes of which the last few are not there. */
static void check(void (*function)(void *), struct call *call, DWORD size, const char *what)
{
    DWORD there = size - 8, code;
    struct fault fault;

    call->buffer = guarded(there);
    if (!call->buffer) {
        skip("no guard page");
        return;
    }
    memset(call->buffer, FILL, there);
    memcpy(call->buffer, &size, sizeof(size));
    code = catch_fault(function, call, &fault);
    decision("fault", code == (DWORD)EXCEPTION_ACCESS_VIOLATION, "%s: no fault", what);
    ok(all_bytes((BYTE *)call->buffer + 4, there - 4, FILL), "%s: something was written", what);
    guard_free(call->buffer);
}

void test_bad_pointers(void)
{
    struct call call = {.conn = ras_any()};

    topic("bad-pointers");
    if (!call.conn) {
        skip("no connection");
        return;
    }
    check(call_get, &call, sizeof(RAS_STATS), "get");
    FOR_KINDS(k)
    {
        call.kind = k;
        check(call_status, &call, k == W ? sizeof(RASCONNSTATUSW) : sizeof(RASCONNSTATUSA),
              "status");
        call.size = 4000000;
        call.count = 88;
        check(call_enum, &call, (DWORD)CONN_SIZE(k), "enum");
        ok(call.size == 4000000 && call.count == 88, "size or count was written");
    }
}
