/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a program asks next, and what it might do then. */
#include "api.h"
#include "ras-tests.h"

#include <string.h>

#define FILL 0xa5

void test_status_arguments(void)
{
    HRASCONN conn = ras_any();

    FOR_KINDS(k)
    {
        BYTE buffer[1024];
        DWORD size = k == W ? sizeof(RASCONNSTATUSW) : sizeof(RASCONNSTATUSA);

        topic("status%s.arguments", kind_names[k]);
        memset(buffer, FILL, sizeof(buffer));
        memcpy(buffer, &size, sizeof(size));
        decision_is("status-handle", ras_status(k, NULL, buffer), ERROR_INVALID_HANDLE,
                    "no handle");
        decision_is("status-handle", ras_status(k, (HRASCONN)0x1234567, buffer),
                    ERROR_INVALID_HANDLE, "nobody's handle");
        decision_is("status-handle", ras_status(k, conn ? conn : (HRASCONN)1, NULL),
                    ERROR_INVALID_PARAMETER, "no pointer");
        ok(all_bytes(buffer + 4, sizeof(buffer) - 4, FILL), "something was written");

        topic("status%s.dwSize", kind_names[k]);
        for (size = 0; size < 700; size++) {
            DWORD error;
            int known = 0;

            for (size_t g = 0; g < n_generations; g++)
                known |= size && generations[g].status[k] == size;
            if (known && !conn)
                continue;
            memset(buffer, FILL, sizeof(buffer));
            memcpy(buffer, &size, sizeof(size));
            error = ras_status(k, conn ? conn : (HRASCONN)1, buffer);
            if (known) {
                DWORD state;

                check_is(error, ERROR_SUCCESS, "a known size");
                memcpy(&state, buffer + 4, sizeof(state));
                ok(state == RASCS_Connected, "state %#lx", state);
                ok(buffer[12] && buffer[12] != FILL, "no device type");
                ok(all_bytes(buffer + size, sizeof(buffer) - size, FILL), "written beyond the end");
            } else {
                decision_is("status-size", error, ERROR_INVALID_SIZE, "no such size");
                ok(all_bytes(buffer + 4, sizeof(buffer) - 4, FILL), "something was written");
            }
        }
    }
}

void test_status_contents(void)
{
    RASCONNSTATUSW status = {.dwSize = sizeof(status)};
    RASCONNW conn = {.dwSize = sizeof(conn)};
    DWORD size = sizeof(conn), count = 0, error = ras_enum(W, &conn, &size, &count);

    topic("status.contents");
    if (error || !count) {
        if (error == ERROR_BUFFER_TOO_SMALL)
            skip("more than one connection");
        else
            skip("no connection");
        return;
    }
    check_is(ras_status(W, conn.hrasconn, &status), ERROR_SUCCESS, "status");
    ok(!wcscmp(status.szDeviceType, conn.szDeviceType), "device types differ");
    ok(!wcscmp(status.szDeviceName, conn.szDeviceName), "device names differ");
    ok(!status.dwError, "error %lu", status.dwError);
}

/* Not on Windows: there it would hang up. */
void test_hang_up(void)
{
    HRASCONN conn = ras_any();
    RAS_STATS stats = {.dwSize = sizeof(stats)};

    topic("hang-up");
    if (!conn || !wt_on_wine()) {
        skip("no connection, or one that would really be gone");
        return;
    }
    FOR_KINDS(k)
    {
        topic("hang-up%s", kind_names[k]);
        check_is(ras_hang_up(k, conn), ERROR_ACCESS_DENIED, "a link of the host");
        check_is(ras_get(conn, &stats), ERROR_SUCCESS, "it is still there");
        /* What is none of the host's is Wine's own affair, which shrugs. */
        check_is(ras_hang_up(k, NULL), ERROR_SUCCESS, "nobody's handle");
    }
}
