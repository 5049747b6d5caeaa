/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * wine-estats-selftest.exe: does a program of this bitness get true numbers? One line, and an exit
 * status from selftest.h. Named are the DLLs to be tried, else it is iphlpapi. With --facts, what
 * `wine-estats status` wants to know instead.
 *
 * Everything of the DLLs is looked up at run time, so that a lack of it can be told.
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

enum verdict not_ours(const char *name, HMODULE module)
{
    char path[MAX_PATH] = "?";

    GetModuleFileNameA(module, path, sizeof(path));
    if (module_kind(module) == KIND_WINE)
        return fail(VERDICT_NOT_OURS,
                    "Wine's own %s is in use; run 'wine-estats install', and see "
                    "that WINEDLLOVERRIDES does not name it",
                    name);
    return fail(VERDICT_NOT_OURS, "the %s in use is neither ours nor Wine's (%s)", name, path);
}

static BOOL find_functions(HMODULE module, struct estats_functions *functions)
{
    functions->set4 = (void *)GetProcAddress(module, "SetPerTcpConnectionEStats");
    functions->get4 = (void *)GetProcAddress(module, "GetPerTcpConnectionEStats");
    functions->set6 = (void *)GetProcAddress(module, "SetPerTcp6ConnectionEStats");
    functions->get6 = (void *)GetProcAddress(module, "GetPerTcp6ConnectionEStats");
    return functions->set4 && functions->get4 && functions->set6 && functions->get6;
}

/* text: what there is to say when all is well. */
static enum verdict run_tcp(HMODULE module, char text[128])
{
    struct estats_functions functions;
    enum verdict verdict;
    BOOL ipv6;

    if (!module)
        return fail(VERDICT_BROKEN, "iphlpapi.dll cannot be loaded (error %lu)", GetLastError());
    if (!is_ours(module))
        return not_ours("iphlpapi.dll", module);
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
    snprintf(text, 128, "%d bytes sent and %d received are what a connection counts over %s",
             BYTES_OUT, BYTES_IN, ipv6 ? "IPv4 and IPv6" : "IPv4 (this host has no IPv6)");
    return verdict;
}

static enum verdict run(HMODULE module, BOOL tcp, BOOL ras)
{
    char tcp_text[128] = "", ras_text[64] = "";
    enum verdict verdict = tcp ? run_tcp(module, tcp_text) : VERDICT_OK;
    unsigned long count = 0;

    if (!verdict && ras) {
        verdict = check_ras(&count);
        snprintf(ras_text, sizeof(ras_text), "%lu RAS connection%s", count, count == 1 ? "" : "s");
    }
    if (!verdict)
        printf(PREFIX "ok: %s%s%s; %s\n", tcp_text, tcp && ras ? "; " : "", ras_text,
               helper_in_words());
    return verdict;
}

int main(int argc, char **argv)
{
    HMODULE module = LoadLibraryA("iphlpapi.dll");
    enum verdict verdict;
    BOOL tcp = FALSE, ras = FALSE;
    WSADATA data;

    if (argc == 2 && !strcmp(argv[1], "--facts")) {
        print_facts(module);
        return 0;
    }
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "iphlpapi")) {
            tcp = TRUE;
        } else if (!strcmp(argv[i], "rasapi32")) {
            ras = TRUE;
        } else {
            fprintf(stderr, "usage: wine-estats-selftest [--facts | [iphlpapi] [rasapi32]]\n");
            return 64;
        }
    }
    /* Unasked: what this process has. */
    if (!tcp && !ras) {
        HMODULE other = LoadLibraryA("rasapi32.dll");

        tcp = TRUE;
        ras = other && is_ours(other);
    }
    if (WSAStartup(MAKEWORD(2, 2), &data))
        return fail(VERDICT_FAILED, "no sockets here");
    verdict = run(module, tcp, ras);
    WSACleanup();
    return verdict;
}
