/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "report.h"

int command_serve(const struct tool *tool, struct failure *failure)
{
    fail_with(failure, TOOL_NOT_SUPPORTED,
              "serve is for the command of the host: it hears from Linux which connections end");
    report_failure(tool, failure);
    return failure->code;
}
