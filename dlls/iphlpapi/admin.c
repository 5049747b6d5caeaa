/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The Linux kernel asks for no privilege here, so this is Windows' rule kept for its own sake: a
 * program sees the error that it would see there. It protects nothing.
 *
 * CheckTokenMembership() would do, but costs three or more requests to wineserver, and is not in
 * Wine's kernel32. One request is the least: it asks for the identity of the effective token
 * (thread's, else process'), and an answer found before for that very token in that very state
 * (every adjustment gives it a new ModifiedId) is taken again.
 */
#include <windows.h>
#include <winternl.h>

#include <stdbool.h>

#include "../wineestats/status.h"
#include "admin.h"

/* GetCurrentThreadEffectiveToken(): a handle that needs no opening and no closing. */
#define EFFECTIVE_TOKEN ((HANDLE)(LONG_PTR)-6)

#define BUFFER_TOO_SMALL ((NTSTATUS)0xC0000023)
#define NO_MEMORY ((NTSTATUS)0xC0000017)

NTSTATUS NTAPI NtQueryInformationToken(HANDLE token, TOKEN_INFORMATION_CLASS class, void *info,
                                       ULONG length, ULONG *ret_length);

/* S-1-5-32-544 */
static const struct {
    BYTE revision, count;
    BYTE authority[6];
    DWORD sub[2];
} administrators = {1, 2, {0, 0, 0, 0, 0, 5}, {32, 544}};

static bool is_administrators(const void *sid)
{
    const BYTE *a = sid, *b = (const BYTE *)&administrators;

    if (a[1] != administrators.count)
        return false;
    for (size_t i = 0; i < sizeof(administrators); i++) {
        if (a[i] != b[i])
            return false;
    }
    return true;
}

static bool has_administrators(const TOKEN_GROUPS *groups)
{
    for (DWORD i = 0; i < groups->GroupCount; i++) {
        DWORD attributes = groups->Groups[i].Attributes;

        if ((attributes & SE_GROUP_ENABLED) && !(attributes & SE_GROUP_USE_FOR_DENY_ONLY) &&
            is_administrators(groups->Groups[i].Sid))
            return true;
    }
    return false;
}

/* Tokens have a handful of groups, but nothing stops one from having hundreds. */
static NTSTATUS ask_groups(bool *member)
{
    union {
        TOKEN_GROUPS groups;
        BYTE room[1024];
    } buffer;
    TOKEN_GROUPS *groups = &buffer.groups;
    ULONG size = sizeof(buffer);
    NTSTATUS status;

    for (;;) {
        ULONG needed = 0;

        status = NtQueryInformationToken(EFFECTIVE_TOKEN, TokenGroups, groups, size, &needed);
        if (!status)
            *member = has_administrators(groups);
        if (groups != &buffer.groups)
            HeapFree(GetProcessHeap(), 0, groups);
        if (status != BUFFER_TOO_SMALL || needed <= size)
            return status;
        size = needed;
        groups = HeapAlloc(GetProcessHeap(), 0, size);
        if (!groups)
            return NO_MEMORY;
    }
}

/*
 * The identity of the effective token as it is now, packed so that it and the answer can be stored
 * at once. 0 when it does not fit: luids count up from 1000 and hardly ever grow past this.
 */
static NTSTATUS ask_identity(ULONG64 *identity)
{
    TOKEN_STATISTICS stats;
    ULONG length;
    NTSTATUS status = NtQueryInformationToken(EFFECTIVE_TOKEN, TokenStatistics, &stats,
                                              sizeof(stats), &length);

    *identity = 0;
    if (!status && !stats.TokenId.HighPart && !stats.ModifiedId.HighPart &&
        stats.TokenId.LowPart < 0x80000000u)
        *identity = (ULONG64)stats.TokenId.LowPart << 33 | (ULONG64)stats.ModifiedId.LowPart << 1;
    return status;
}

uint32_t admin_may_set(void)
{
    /* Identity of the last token asked about, and in bit 0 the answer. */
    static LONG64 volatile cache;
    ULONG64 before, after, cached = (ULONG64)InterlockedCompareExchange64(&cache, 0, 0);
    bool member = false;
    NTSTATUS status = ask_identity(&before);

    if (!status && before && (cached & ~1ull) == before)
        return cached & 1 ? 0 : ERROR_ACCESS_DENIED;
    if (!status)
        status = ask_groups(&member);
    if (status)
        return status_to_win32(status);
    /* Another thread may have given this one another token in between. */
    if (before && !ask_identity(&after) && after == before)
        InterlockedExchange64(&cache, (LONG64)(before | member));
    return member ? 0 : ERROR_ACCESS_DENIED;
}
