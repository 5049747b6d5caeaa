/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Threads that come here first together all search, and the first to finish decides for all. So
 * nobody waits for anybody, also not for a thread that was killed on the way.
 */
#include <windows.h>

#include "../wineestats/find.h"
#include "debug.h"
#include "helper.h"
#include "shim.h"

#define MEND                                                                         \
    "Use `wine-estats run PROGRAM`, or put the helper into Wine's directory (`make " \
    "install-wine`, or a package). `wine-estats check` tells more.\n"

static LONG WINAPI no_helper(unsigned int code, void *args)
{
    (void)code;
    (void)args;
    return (LONG)0xC00000BB; /* STATUS_NOT_SUPPORTED */
}

static wineestats_call_fn volatile chosen;

static wineestats_call_fn find_helper(void)
{
    static const char *const why[] = {
        [HELPER_ABSENT] = "no wineestats.dll in Wine's dll directories. ",
        [HELPER_FOREIGN] = "the wineestats.dll found is another program's. ",
        [HELPER_NO_UNIX_SIDE] = "wineestats.dll has no unix side here (wineestats.so). ",
        [HELPER_OTHER_VERSION] =
            "wineestats.so and this prefix' DLL are of different versions; run "
            "`wine-estats install` again. ",
        [HELPER_STALE] =
            "the wineestats.so that `wine-estats install` recorded is gone or cannot be "
            "loaded; run that again. ",
    };
    DWORD last_error = GetLastError();
    wineestats_call_fn call, before;
    struct helper helper;

    helper_find(&helper);
    call = helper.call ? helper.call : no_helper;
    before = InterlockedCompareExchangePointer((void *volatile *)&chosen, (void *)call, NULL);
    if (!helper.call && !before)
        ERR("%s%s" MEND, why[helper.state], this_dll.without_helper);
    SetLastError(last_error);
    return before ? before : call;
}

static wineestats_call_fn helper(void)
{
    wineestats_call_fn call = chosen;

    return call ? call : find_helper();
}

bool helper_present(void)
{
    return helper() != no_helper;
}

int32_t helper_call(unsigned int code, void *args)
{
    return helper()(code, args);
}
