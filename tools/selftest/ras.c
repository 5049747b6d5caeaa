/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Connections of the Remote Access Service: the host's tunnels, if it has any. */
#include "selftest.h"

#include <ras.h>
#include <raserror.h>
#include <stdlib.h>
#include <string.h>

struct ras_functions {
    DWORD(WINAPI *list)(LPRASCONNW conns, DWORD *size, DWORD *count);
    DWORD(WINAPI *get)(HRASCONN conn, RAS_STATS *stats);
    FARPROC clear, clear_link;
};

static enum verdict check_one(const struct ras_functions *ras, HRASCONN conn)
{
    RAS_STATS first = {.dwSize = sizeof(first)}, second = first;
    DWORD error = ras->get(conn, &first);

    if (!error)
        error = ras->get(conn, &second);
    /* It may have ended since it was listed. */
    if (error == ERROR_INVALID_HANDLE)
        return VERDICT_OK;
    if (error)
        return fail(VERDICT_WRONG, "RasGetConnectionStatistics fails with error %lu", error);
    if (second.dwConnectDuration < first.dwConnectDuration)
        return fail(VERDICT_WRONG, "a RAS connection becomes younger");
    return VERDICT_OK;
}

enum verdict check_ras(unsigned long *count)
{
    HMODULE module = LoadLibraryA("rasapi32.dll");
    struct ras_functions ras;
    DWORD size = 0, error;
    RASCONNW *conns;
    enum verdict verdict = VERDICT_OK;

    if (!module)
        return fail(VERDICT_BROKEN, "rasapi32.dll cannot be loaded (error %lu)", GetLastError());
    if (!is_ours(module))
        return not_ours("rasapi32.dll", module);
    ras.list = (void *)GetProcAddress(module, "RasEnumConnectionsW");
    ras.get = (void *)GetProcAddress(module, "RasGetConnectionStatistics");
    ras.clear = GetProcAddress(module, "RasClearConnectionStatistics");
    ras.clear_link = GetProcAddress(module, "RasClearLinkStatistics");
    if (!ras.list || !ras.get || !ras.clear || !ras.clear_link ||
        !GetProcAddress(module, "RasEnumDevicesA"))
        return fail(VERDICT_BROKEN, "rasapi32.dll lacks some of its functions; run 'wine-estats "
                                    "install' to repair the prefix");
    /* Without it there would be no connection, ever, and no error either. */
    if (!helper_in_words())
        return fail(VERDICT_NO_HELPER, "the functions are there, but their way to the host is not; "
                                       "'wine-estats status' says what is missing");
    *count = 0;
    error = ras.list(NULL, &size, count);
    if (!error)
        return VERDICT_OK;
    if (error != ERROR_BUFFER_TOO_SMALL)
        return fail(VERDICT_BROKEN, "RasEnumConnections fails with error %lu", error);
    size += 16 * sizeof(*conns); /* room for those that come meanwhile */
    conns = calloc(1, size);
    conns->dwSize = sizeof(*conns);
    error = ras.list(conns, &size, count);
    if (error)
        verdict = fail(VERDICT_BROKEN, "RasEnumConnections fails with error %lu", error);
    for (unsigned long i = 0; i < *count && !verdict; i++)
        verdict = check_one(&ras, conns[i].hrasconn);
    free(conns);
    return verdict;
}
