/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <windows.h>
#include <process.h>

#include "plot.h"

/* Names in the directory are ASCII, so the directory's short name lets fopen() take them, too. */
int run_begin(struct run *run, struct failure *failure)
{
    wchar_t place[MAX_PATH], brief[MAX_PATH];
    char base[MAX_PATH];

    if (!GetTempPathW(MAX_PATH, place))
        return fail_with(failure, TOOL_OTHER, "there is no place for files that are not kept");
    if (!GetShortPathNameW(place, brief, MAX_PATH))
        lstrcpynW(brief, place, MAX_PATH);
    WideCharToMultiByte(CP_ACP, 0, brief, -1, base, sizeof(base), NULL, NULL);
    for (unsigned i = 0; i < 100; i++) {
        snprintf(run->directory, sizeof(run->directory), "%stcpestats-%u-%u", base,
                 (unsigned)_getpid(), (unsigned)GetTickCount() + i);
        if (CreateDirectoryA(run->directory, NULL))
            return TOOL_OK;
        if (GetLastError() != ERROR_ALREADY_EXISTS)
            break;
    }
    return fail_with(failure, TOOL_OTHER, "cannot make a directory '%.300s': error %lu",
                     run->directory, GetLastError());
}

void run_path(const struct run *run, const char *name, char path[1200])
{
    snprintf(path, 1200, "%s\\%s", run->directory, name);
}

/* In the path, or where its installer puts it, which leaves the path alone if not told. */
static bool find_program(const char *program, char found[MAX_PATH])
{
    static const char *const places[] = {"%ProgramFiles%\\gnuplot\\bin",
                                         "%ProgramFiles(x86)%\\gnuplot\\bin"};
    char place[MAX_PATH];

    if (SearchPathA(NULL, program, ".exe", MAX_PATH, found, NULL))
        return true;
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
        if (ExpandEnvironmentStringsA(places[i], place, sizeof(place)) &&
            SearchPathA(place, program, ".exe", MAX_PATH, found, NULL))
            return true;
    return false;
}

int run_program(const struct run *run, const char *program, const char *const files[3], int *status,
                struct failure *failure)
{
    STARTUPINFOA startup = {.cb = sizeof(startup), .dwFlags = STARTF_USESTDHANDLES};
    HANDLE *const handles[3] = {&startup.hStdInput, &startup.hStdOutput, &startup.hStdError};
    SECURITY_ATTRIBUTES inherited = {sizeof(inherited), NULL, TRUE};
    PROCESS_INFORMATION process;
    char found[MAX_PATH], line[MAX_PATH + 64], path[1200];
    DWORD code = 1;
    BOOL started;

    if (!find_program(program, found))
        return fail_with(failure, TOOL_NOT_SUPPORTED,
                         "%s is not installed: www.gnuplot.info has it; its folder has to be in "
                         "the PATH",
                         program);
    snprintf(line, sizeof(line), "\"%s\"", found);
    for (int i = 0; i < 3; i++) {
        run_path(run, files[i], path);
        *handles[i] = CreateFileA(path, i ? GENERIC_WRITE : GENERIC_READ,
                                  FILE_SHARE_READ | FILE_SHARE_DELETE, &inherited,
                                  i ? CREATE_ALWAYS : OPEN_EXISTING, 0, NULL);
    }
    started = CreateProcessA(found, line, NULL, NULL, TRUE, CREATE_NO_WINDOW, NULL, NULL, &startup,
                             &process);
    for (int i = 0; i < 3; i++)
        CloseHandle(*handles[i]);
    if (!started)
        return fail_with(failure, TOOL_OTHER, "cannot start %.200s: error %lu", found,
                         GetLastError());
    WaitForSingleObject(process.hProcess, INFINITE);
    GetExitCodeProcess(process.hProcess, &code);
    CloseHandle(process.hProcess);
    CloseHandle(process.hThread);
    *status = (int)code;
    return TOOL_OK;
}

/* What the program has started, a console's host for instance, may have them open a while longer;
 * and so may whoever looks into new files. */
#define TRIES 40

void run_end(struct run *run, const char *const *names)
{
    char path[1200];

    for (unsigned i = 0; i < TRIES; i++) {
        for (const char *const *name = names; *name; name++) {
            run_path(run, *name, path);
            DeleteFileA(path);
        }
        if (RemoveDirectoryA(run->directory) || GetLastError() == ERROR_FILE_NOT_FOUND)
            return;
        Sleep(50);
    }
}
