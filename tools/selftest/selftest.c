/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * wine-estats-selftest.exe: does a program of this bitness get true numbers? One line, and an exit
 * status from selftest.h. With --facts, what `wine-estats status` wants to know instead.
 *
 * Everything of iphlpapi.dll is looked up at run time, so that a lack of it can be told.
 */
#include "selftest.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#ifdef _WIN64
#define PREFIX "wine-estats: 64-bit: "
#else
#define PREFIX "wine-estats: 32-bit: "
#endif

enum verdict fail(enum verdict verdict, const char *format, ...)
{
    va_list args;

    printf(PREFIX "FAILED: ");
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    printf("\n");
    return verdict;
}

static enum verdict not_ours(HMODULE module)
{
    char path[MAX_PATH] = "?";

    GetModuleFileNameA(module, path, sizeof(path));
    if (module_kind(module) == KIND_WINE)
        return fail(VERDICT_NOT_OURS, "Wine's own iphlpapi.dll is in use; run 'wine-estats "
                                      "install', and see that WINEDLLOVERRIDES does not name it");
    return fail(VERDICT_NOT_OURS, "the iphlpapi.dll in use is neither ours nor Wine's (%s)", path);
}

static BOOL find_functions(HMODULE module, struct estats_functions *functions)
{
    functions->set4 = (void *)GetProcAddress(module, "SetPerTcpConnectionEStats");
    functions->get4 = (void *)GetProcAddress(module, "GetPerTcpConnectionEStats");
    functions->set6 = (void *)GetProcAddress(module, "SetPerTcp6ConnectionEStats");
    functions->get6 = (void *)GetProcAddress(module, "GetPerTcp6ConnectionEStats");
    return functions->set4 && functions->get4 && functions->set6 && functions->get6;
}

static enum verdict run(HMODULE module)
{
    struct estats_functions functions;
    enum verdict verdict;
    BOOL ipv6;

    if (!module)
        return fail(VERDICT_BROKEN, "iphlpapi.dll cannot be loaded (error %lu)", GetLastError());
    if (module_kind(module) != KIND_OURS)
        return not_ours(module);
    verdict = check_module(module);
    if (verdict)
        return verdict;
    if (GetEnvironmentVariableA("WINE_ESTATS_HIDE", NULL, 0) > 1)
        return fail(VERDICT_HIDDEN, "WINE_ESTATS_HIDE is set and takes the functions away");
    if (!find_functions(module, &functions))
        return fail(VERDICT_BROKEN, "iphlpapi.dll lacks some of the four EStats functions");
    verdict = check_connection(&functions, AF_INET);
    ipv6 = have_loopback(AF_INET6);
    if (!verdict && ipv6)
        verdict = check_connection(&functions, AF_INET6);
    if (!verdict)
        printf(PREFIX "ok: %d bytes sent and %d received are what a connection counts over %s\n",
               BYTES_OUT, BYTES_IN, ipv6 ? "IPv4 and IPv6" : "IPv4 (this host has no IPv6)");
    return verdict;
}

int main(int argc, char **argv)
{
    HMODULE module = LoadLibraryA("iphlpapi.dll");
    enum verdict verdict;
    WSADATA data;

    if (argc == 2 && !strcmp(argv[1], "--facts")) {
        print_facts(module);
        return 0;
    }
    if (argc != 1) {
        fprintf(stderr, "usage: wine-estats-selftest [--facts]\n");
        return 64;
    }
    if (WSAStartup(MAKEWORD(2, 2), &data))
        return fail(VERDICT_FAILED, "no sockets here");
    verdict = run(module);
    WSACleanup();
    return verdict;
}
