/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>

#include "tcpestats.h"

const char *tcpestats_strerror(int error)
{
    static const struct {
        int number;
        const char *text;
    } errors[] = {
#define ERRNO(number, status, win32, text) {number, text},
#include "errors.def"
#undef ERRNO
    };
    unsigned i;

    for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
        if (errors[i].number == -error)
            return errors[i].text;
    return "An error that this library has no words for.";
}

const char *tcpestats_version(void)
{
    return TCPESTATS_VERSION;
}
