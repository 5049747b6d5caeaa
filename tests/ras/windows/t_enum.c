/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* RasEnumConnections: arguments, sizes, and what is written where. */
#include "api.h"
#include "fault.h"
#include "ras-tests.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define FILL 0xa5
#define ROOM 128

static DWORD how_many(void)
{
    HRASCONN conns[ROOM];

    return ras_all(conns, ROOM);
}

struct enumeration {
    int kind;
    DWORD *size, *count, error;
};

static void enumerate(void *arg)
{
    struct enumeration *e = arg;

    e->error = ras_enum(e->kind, NULL, e->size, e->count);
}

#define FAULTED 0xdeadul

/* Stock Wine writes to wherever it is told. */
static DWORD enum_caught(int kind, DWORD *size, DWORD *count)
{
    struct enumeration e = {kind, size, count, 0};
    struct fault fault;

    return catch_fault(enumerate, &e, &fault) ? FAULTED : e.error;
}

void test_enum_arguments(void)
{
    FOR_KINDS(k)
    {
        DWORD size = 77, count = 88;

        topic("enum%s.null", kind_names[k]);
        decision_is("enum-null", enum_caught(k, NULL, NULL), ERROR_INVALID_PARAMETER, "all");
        decision_is("enum-null", enum_caught(k, NULL, &count), ERROR_INVALID_PARAMETER, "size");
        decision_is("enum-null", enum_caught(k, &size, NULL), ERROR_INVALID_PARAMETER, "count");
        ok(size == 77 && count == 88, "something was written: %lu %lu", size, count);
    }
}

void test_enum_size_of_structure(void)
{
    DWORD n = how_many();

    FOR_KINDS(k)
    {
        BYTE *buffer = malloc(ROOM * 2048);

        topic("enum%s.dwSize", kind_names[k]);
        for (DWORD size = 0; size < 1500; size++) {
            DWORD bytes = ROOM * 2048, count = 88, error;
            int known = 0;

            for (size_t g = 0; g < n_generations; g++)
                known |= size && generations[g].conn[k] == size;
            if (known && n)
                continue; /* the next test's */
            memset(buffer, FILL, 4096);
            memcpy(buffer, &size, sizeof(size));
            error = ras_enum(k, buffer, &bytes, &count);
            if (known) {
                check_is(error, ERROR_SUCCESS, "no connection");
                ok(!count && !bytes, "%lu connections in %lu bytes", count, bytes);
            } else {
                decision_is("enum-size", error, ERROR_INVALID_SIZE, "no such size");
                ok(bytes == ROOM * 2048 && count == 88, "something was written");
            }
            ok(all_bytes(buffer + 4, 4092, FILL), "the buffer was touched, dwSize %lu", size);
        }
        free(buffer);
    }
}

/* One generation of the structure, with connections: from the sizing call to the last byte. */
static void check_generation(int k, DWORD stride, DWORD n)
{
    DWORD needed = n * stride, bytes, count, error;
    BYTE *buffer = malloc(needed + 64), *before = malloc(needed + 64);

    /* Too small by one byte, and much too small. */
    for (int i = 0; i < 3; i++) {
        bytes = i == 0 ? needed - 1 : i == 1 ? stride - 1 : sizeof(DWORD);
        count = 88;
        memset(buffer, FILL, needed + 64);
        memcpy(buffer, &stride, sizeof(stride));
        memcpy(before, buffer, needed + 64);
        error = ras_enum(k, buffer, &bytes, &count);
        check_is(error, ERROR_BUFFER_TOO_SMALL, "short buffer");
        ok(bytes == needed, "needs %lu, says %lu", needed, bytes);
        ok(!memcmp(before, buffer, needed + 64), "the buffer was touched");
        decision("enum-count", count == 88, "the count was written: %lu", count);
    }

    bytes = needed + 40; /* more than is needed */
    memset(buffer, FILL, needed + 64);
    memcpy(buffer, &stride, sizeof(stride));
    error = ras_enum(k, buffer, &bytes, &count);
    check_is(error, ERROR_SUCCESS, "a buffer with room");
    ok(bytes == needed && count == n, "%lu connections in %lu bytes", count, bytes);
    ok(all_bytes(buffer + needed, 64, FILL), "written beyond the last");
    for (DWORD i = 0; i < n; i++) {
        DWORD size;
        HRASCONN conn;

        memcpy(&size, buffer + i * stride, sizeof(size));
        memcpy(&conn, buffer + i * stride + 4, sizeof(conn));
        ok(size == stride, "element %lu has dwSize %lu", i, size);
        ok(conn != NULL, "element %lu has no handle", i);
    }
    free(buffer);
    free(before);
}

void test_enum_generations(void)
{
    DWORD n = how_many();

    topic("enum.generations");
    if (!n) {
        skip("no connection");
        return;
    }
    for (size_t g = 0; g < n_generations; g++) {
        push_context("%s", generations[g].windows);
        FOR_KINDS(k)
        {
            topic("enum%s.generation.%s", kind_names[k], generations[g].windows);
            if (generations[g].conn[k])
                check_generation(k, generations[g].conn[k], n);
        }
        pop_context();
    }
}

void test_enum_sizing(void)
{
    DWORD n = how_many();

    FOR_KINDS(k)
    {
        DWORD newest = generations[n_generations - 1].conn[k], size = 0, count = 88, error;
        BYTE tiny[3] = {FILL, FILL, FILL};

        topic("enum%s.sizing", kind_names[k]);
        error = ras_enum(k, NULL, &size, &count);
        if (n) {
            check_is(error, ERROR_BUFFER_TOO_SMALL, "NULL");
            ok(size >= n * CONN_SIZE(k), "%lu bytes for %lu connections", size, n);
            decision("enum-needed", size == n * newest, "%lu bytes, not %lu", size, n * newest);
        } else {
            check_is(error, ERROR_SUCCESS, "NULL, and no connection");
            ok(!size && !count, "%lu connections in %lu bytes", count, size);
        }
        /* Whatever is in it. */
        size = 0x7fffffff;
        error = ras_enum(k, NULL, &size, &count);
        check_is(error, n ? ERROR_BUFFER_TOO_SMALL : ERROR_SUCCESS, "NULL with a size");

        /* Not even dwSize is there to be read. */
        size = sizeof(tiny);
        error = ras_enum(k, tiny, &size, &count);
        decision_is("enum-tiny", error, ERROR_BUFFER_TOO_SMALL, "three bytes");
        ok(all_bytes(tiny, sizeof(tiny), FILL), "the three bytes were touched");
        ok(size >= newest, "three bytes: says that %lu will do", size);

        /* Less than one structure, even where there is nothing to put into it. */
        if (!n) {
            DWORD one = newest;

            size = sizeof(one);
            error = ras_enum(k, &one, &size, &count);
            decision_is("enum-short", error, ERROR_BUFFER_TOO_SMALL, "less than dwSize");
        }
    }
}

void test_enum_contents(void)
{
    DWORD n = how_many(), size, count = 0;
    RASCONNA *a = calloc(ROOM, sizeof(*a));
    RASCONNW *w = calloc(ROOM, sizeof(*w));

    topic("enum.contents");
    if (!n) {
        skip("no connection");
        free(a);
        free(w);
        return;
    }
    a->dwSize = sizeof(*a);
    size = ROOM * sizeof(*a);
    check_is(ras_enum(A, a, &size, &count), ERROR_SUCCESS, "A");
    ok(count == n, "%lu connections, then %lu", n, count);
    w->dwSize = sizeof(*w);
    size = ROOM * sizeof(*w);
    check_is(ras_enum(W, w, &size, &count), ERROR_SUCCESS, "W");
    ok(count == n, "%lu connections, then %lu", n, count);
    for (DWORD i = 0; i < n; i++) {
        char name[RAS_MaxEntryName + 1];

        WideCharToMultiByte(CP_ACP, 0, w[i].szEntryName, -1, name, sizeof(name), NULL, NULL);
        ok(a[i].hrasconn == w[i].hrasconn, "A and W have different handles");
        ok(!strcmp(a[i].szEntryName, name), "A says %s, W says %s", a[i].szEntryName, name);
        ok(w[i].szEntryName[0] && w[i].szDeviceType[0] && w[i].szDeviceName[0], "no name");
        for (DWORD j = 0; j < i; j++)
            ok(w[i].hrasconn != w[j].hrasconn, "%lu and %lu have the same handle", i, j);
    }
    free(a);
    free(w);
}
