/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The four functions on statistics: every code in its order, and what clearing does. */
#include "api.h"
#include "ras-tests.h"

#include <string.h>

#define FILL 0xa5

/* No connection has these. */
static const ULONG_PTR nobody[] = {1, 2, 0x12345678, (ULONG_PTR)-1, (ULONG_PTR)-2};
#define N_NOBODY (sizeof(nobody) / sizeof(nobody[0]))

static void fill(RAS_STATS *stats, DWORD size)
{
    memset(stats, FILL, sizeof(*stats));
    stats->dwSize = size;
}

static int untouched(const RAS_STATS *stats, DWORD size)
{
    return stats->dwSize == size &&
           all_bytes(&stats->dwBytesXmited, sizeof(*stats) - sizeof(DWORD), FILL);
}

void test_abi(void)
{
    topic("abi");
    ok(sizeof(RAS_STATS) == 60, "RAS_STATS has %u bytes", (unsigned)sizeof(RAS_STATS));
    ok(sizeof(HRASCONN) == sizeof(void *), "a handle has %u bytes", (unsigned)sizeof(HRASCONN));
}

void test_get_arguments(void)
{
    HRASCONN conn = ras_any();
    RAS_STATS stats;

    topic("get.arguments");
    check_is(ras_get(NULL, NULL), INVALID_ARGUMENT, "nothing at all");
    fill(&stats, sizeof(stats));
    check_is(ras_get(NULL, &stats), INVALID_ARGUMENT, "no handle");
    ok(untouched(&stats, sizeof(stats)), "something was written");
    check_is(ras_get((HRASCONN)nobody[2], NULL), INVALID_ARGUMENT, "a bad handle and no pointer");
    if (conn)
        check_is(ras_get(conn, NULL), INVALID_ARGUMENT, "no pointer");

    topic("get.dwSize");
    for (DWORD size = 0; size < 130; size++) {
        if (size == sizeof(stats))
            continue;
        fill(&stats, size);
        check_is(ras_get(conn ? conn : (HRASCONN)nobody[2], &stats), INVALID_ARGUMENT, "dwSize");
        ok(untouched(&stats, size), "something was written, dwSize %lu", size);
    }

    topic("get.unknown-handle");
    for (size_t i = 0; i < N_NOBODY; i++) {
        fill(&stats, sizeof(stats));
        decision_is("get-handle", ras_get((HRASCONN)nobody[i], &stats), ERROR_INVALID_HANDLE,
                    "nobody's handle");
        ok(untouched(&stats, sizeof(stats)), "something was written");
    }
}

void test_get_link_arguments(void)
{
    HRASCONN conn = ras_any(), some = conn ? conn : (HRASCONN)nobody[2];
    RAS_STATS stats;

    topic("get-link.arguments");
    check_is(ras_get_link(NULL, 0, NULL), INVALID_ARGUMENT, "nothing at all");
    check_is(ras_get_link(some, 1, NULL), INVALID_ARGUMENT, "no pointer");
    fill(&stats, sizeof(stats));
    check_is(ras_get_link(some, 0, &stats), INVALID_ARGUMENT, "subentry 0");
    check_is(ras_get_link(NULL, 1, &stats), INVALID_ARGUMENT, "no handle");
    ok(untouched(&stats, sizeof(stats)), "something was written");
    fill(&stats, 59);
    check_is(ras_get_link(some, 1, &stats), INVALID_ARGUMENT, "dwSize");
    ok(untouched(&stats, 59), "something was written");

    topic("get-link.unknown");
    for (size_t i = 0; i < N_NOBODY; i++) {
        fill(&stats, sizeof(stats));
        decision_is("get-handle", ras_get_link((HRASCONN)nobody[i], 1, &stats),
                    ERROR_INVALID_HANDLE, "nobody's handle");
        ok(untouched(&stats, sizeof(stats)), "something was written");
    }
    if (!conn) {
        skip("no connection");
        return;
    }
    fill(&stats, sizeof(stats));
    decision_is("get-subentry", ras_get_link(conn, 2, &stats), ERROR_NO_CONNECTION, "subentry 2");
    decision_is("get-subentry", ras_get_link(conn, 0xffffffff, &stats), ERROR_NO_CONNECTION,
                "subentry -1");
    ok(untouched(&stats, sizeof(stats)), "something was written");
}

void test_clear_arguments(void)
{
    HRASCONN conn = ras_any();

    topic("clear.arguments");
    check_is(ras_clear(NULL), ERROR_INVALID_HANDLE, "no handle");
    topic("clear-link.arguments");
    check_is(ras_clear_link(NULL, 1), ERROR_INVALID_HANDLE, "no handle");
    decision_is("clear-order", ras_clear_link(NULL, 0), ERROR_INVALID_HANDLE,
                "no handle and no subentry");
    for (size_t i = 0; i < N_NOBODY; i++) {
        topic("clear.unknown-handle");
        check_is(ras_clear((HRASCONN)nobody[i]), ERROR_INVALID_HANDLE, "nobody's handle");
        topic("clear-link.unknown-handle");
        check_is(ras_clear_link((HRASCONN)nobody[i], 1), ERROR_INVALID_HANDLE, "nobody's handle");
        decision_is("clear-order", ras_clear_link((HRASCONN)nobody[i], 0), ERROR_INVALID_HANDLE,
                    "nobody's, and no subentry");
    }
    topic("clear-link.subentry");
    if (!conn) {
        skip("no connection");
        return;
    }
    check_is(ras_clear_link(conn, 0), ERROR_INVALID_PARAMETER, "subentry 0");
    check_is(ras_clear_link(conn, 2), ERROR_NO_CONNECTION, "subentry 2");
    check_is(ras_clear_link(conn, 0xffffffff), ERROR_NO_CONNECTION, "subentry -1");
}

void test_get_and_clear(void)
{
    HRASCONN conn = ras_any();
    RAS_STATS before, link, after;

    topic("statistics");
    if (!conn) {
        skip("no connection");
        return;
    }
    fill(&before, sizeof(before));
    fill(&link, sizeof(link));
    check_is(ras_get(conn, &before), ERROR_SUCCESS, "connection");
    check_is(ras_get_link(conn, 1, &link), ERROR_SUCCESS, "link");
    ok(before.dwSize == 60 && link.dwSize == 60, "dwSize was changed");
    ok(link.dwConnectDuration - before.dwConnectDuration < 60000, "durations %lu and %lu",
       before.dwConnectDuration, link.dwConnectDuration);
    /* Both are one link here; traffic may go on. */
    ok(link.dwBytesRcved - before.dwBytesRcved < 0x80000000, "%lu bytes, then %lu",
       before.dwBytesRcved, link.dwBytesRcved);

    topic("clear");
    check_is(ras_clear(conn), ERROR_SUCCESS, "connection");
    after.dwSize = sizeof(after);
    check_is(ras_get(conn, &after), ERROR_SUCCESS, "connection");
    ok(after.dwBytesRcved < before.dwBytesRcved || !before.dwBytesRcved, "%lu bytes, then %lu",
       before.dwBytesRcved, after.dwBytesRcved);
    decision("clear-duration", after.dwConnectDuration >= before.dwConnectDuration,
             "the duration was cleared");
    decision("clear-duration", after.dwBps == before.dwBps, "the speed was cleared");
    check_is(ras_clear_link(conn, 1), ERROR_SUCCESS, "link");
}
