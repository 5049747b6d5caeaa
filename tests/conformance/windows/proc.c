/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "proc.h"
#include "net.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static PSID administrators(void)
{
    static BYTE sid[SECURITY_MAX_SID_SIZE];
    DWORD size = sizeof(sid);

    return CreateWellKnownSid(WinBuiltinAdministratorsSid, NULL, sid, &size) ? sid : NULL;
}

int is_admin(void)
{
    BOOL member = FALSE;

    return CheckTokenMembership(NULL, administrators(), &member) && member;
}

HANDLE token_without_admin(void)
{
    SID_AND_ATTRIBUTES deny = {administrators(), 0};
    HANDLE own, restricted = NULL;

    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_ALL_ACCESS, &own))
        return NULL;
    if (!CreateRestrictedToken(own, 0, 1, &deny, 0, NULL, 0, NULL, &restricted))
        restricted = NULL;
    CloseHandle(own);
    return restricted;
}

HANDLE impersonation_without_admin(void)
{
    HANDLE primary = token_without_admin(), token = NULL;

    if (!primary)
        return NULL;
    if (!DuplicateTokenEx(primary, TOKEN_ALL_ACCESS, NULL, SecurityImpersonation,
                          TokenImpersonation, &token))
        token = NULL;
    CloseHandle(primary);
    return token;
}

static HANDLE start_child(HANDLE token, const char *arguments)
{
    PROCESS_INFORMATION info;
    STARTUPINFOA startup;
    char line[MAX_PATH + 512], path[MAX_PATH];
    BOOL started;

    GetModuleFileNameA(NULL, path, sizeof(path));
    snprintf(line, sizeof(line), "\"%s\" --child %s", path, arguments);
    memset(&startup, 0, sizeof(startup));
    startup.cb = sizeof(startup);
    if (token)
        started = CreateProcessAsUserA(token, path, line, NULL, NULL, FALSE, 0, NULL, NULL,
                                       &startup, &info);
    else
        started = CreateProcessA(path, line, NULL, NULL, FALSE, 0, NULL, NULL, &startup, &info);
    if (!started)
        return NULL;
    CloseHandle(info.hThread);
    return info.hProcess;
}

static DWORD run_child(HANDLE token, const char *arguments)
{
    HANDLE child = start_child(token, arguments);
    DWORD status = CHILD_FAILED;

    if (!child)
        return CHILD_FAILED;
    if (WaitForSingleObject(child, 30000) == WAIT_OBJECT_0)
        GetExitCodeProcess(child, &status);
    else
        TerminateProcess(child, CHILD_FAILED);
    CloseHandle(child);
    return status;
}

static void print_row(char *hex, const struct row *row)
{
    for (unsigned i = 0; i < sizeof(row->bytes); i++)
        sprintf(hex + 2 * i, "%02x", row->bytes[i]);
}

DWORD child_set(HANDLE token, const struct row *row, int cls, BYTE rw_byte)
{
    char hex[2 * sizeof(row->bytes) + 1], arguments[256];

    print_row(hex, row);
    snprintf(arguments, sizeof(arguments), "set %d %s %d %d", row->family, hex, cls, rw_byte);
    return run_child(token, arguments);
}

DWORD child_get(HANDLE token, const struct row *row, int cls)
{
    char hex[2 * sizeof(row->bytes) + 1], arguments[256];

    print_row(hex, row);
    snprintf(arguments, sizeof(arguments), "get %d %s %d 0", row->family, hex, cls);
    return run_child(token, arguments);
}

HANDLE child_connect(enum family family, USHORT port)
{
    char arguments[64];

    snprintf(arguments, sizeof(arguments), "connect %d %d", family, port);
    return start_child(NULL, arguments);
}

static int do_connect(enum family family, USHORT port)
{
    struct row at = row_of_nothing(family); /* for its loopback address */
    union address to;
    SOCKET s;
    char byte;
    DWORD patience = 60000;

    memset(&to, 0, sizeof(to));
    if (family == V4) {
        to.v4.sin_family = AF_INET;
        to.v4.sin_port = htons(port);
        to.v4.sin_addr.s_addr = at.v4.dwLocalAddr;
    } else {
        to.v6.sin6_family = AF_INET6;
        to.v6.sin6_port = htons(port);
        memcpy(&to.v6.sin6_addr, &at.v6.LocalAddr, sizeof(to.v6.sin6_addr));
    }
    s = socket(to.sa.sa_family, SOCK_STREAM, IPPROTO_TCP);
    setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, (char *)&patience, sizeof(patience));
    if (connect(s, &to.sa, family == V4 ? sizeof(to.v4) : sizeof(to.v6)))
        return 1;
    while (recv(s, &byte, 1, 0) > 0)
        ;
    closesocket(s);
    return 0;
}

int is_child(int argc, char **argv, int *status)
{
    struct row row;

    if (argc < 5 || strcmp(argv[1], "--child"))
        return 0;
    memset(&row, 0, sizeof(row));
    row.family = atoi(argv[3]) ? V6 : V4;
    if (!strcmp(argv[2], "connect")) {
        *status = do_connect(row.family, (USHORT)atoi(argv[4]));
        return 1;
    }
    *status = (int)CHILD_FAILED;
    if (argc < 7 || strlen(argv[4]) != 2 * sizeof(row.bytes))
        return 1;
    for (unsigned i = 0; i < sizeof(row.bytes); i++) {
        char byte[3] = {argv[4][2 * i], argv[4][2 * i + 1], 0};

        row.bytes[i] = (BYTE)strtoul(byte, NULL, 16);
    }
    load_api();
    if (!strcmp(argv[2], "set")) {
        BYTE value = (BYTE)atoi(argv[6]);
        TCP_ESTATS_BANDWIDTH_RW_v0 both = {value, value};
        int cls = atoi(argv[5]);
        struct args a = set_args(
            &row, cls, cls == TcpConnectionEstatsBandwidth ? (void *)&both : (void *)&value);

        *status = (int)call_set(&a);
    } else {
        int rw = get_rw(&row, atoi(argv[5]));

        *status = rw < 0 ? (int)CHILD_FAILED : rw;
    }
    return 1;
}
