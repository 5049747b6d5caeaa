/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A gnuplot.exe for Wine: hands its input and output on to the host's gnuplot. Wine does not tell
 * how a program of the host's ends, so that a shell leaves it in a file of the present directory.
 */
#include <windows.h>
#include <stdio.h>

#define STATUS "gnuplot.status"

int main(void)
{
    char line[] = "sh -c \"gnuplot; echo $? >" STATUS ".new; mv " STATUS ".new " STATUS "\"";
    STARTUPINFOA startup = {.cb = sizeof(startup), .dwFlags = STARTF_USESTDHANDLES};
    PROCESS_INFORMATION process;
    int status = 1;

    startup.hStdInput = GetStdHandle(STD_INPUT_HANDLE);
    startup.hStdOutput = GetStdHandle(STD_OUTPUT_HANDLE);
    startup.hStdError = GetStdHandle(STD_ERROR_HANDLE);
    DeleteFileA(STATUS);
    if (!CreateProcessA("\\\\?\\unix\\bin\\sh", line, NULL, NULL, TRUE, 0, NULL, NULL, &startup,
                        &process)) {
        fprintf(stderr, "line 0: no program of the host's can be started: error %lu\n",
                GetLastError());
        return 1;
    }
    for (int i = 0; i < 300; i++) {
        FILE *in = fopen(STATUS, "r");

        if (in) {
            if (fscanf(in, "%d", &status) != 1)
                status = 1;
            fclose(in);
            DeleteFileA(STATUS);
            return status;
        }
        Sleep(100);
    }
    fprintf(stderr, "line 0: the host's gnuplot does not end\n");
    return 1;
}
