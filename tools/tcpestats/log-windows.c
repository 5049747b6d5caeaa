/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "report.h"

int command_log(const struct tool *tool, struct failure *failure)
{
    int code = fail_with(failure, TOOL_NOT_SUPPORTED,
                         "log is Linux's: Windows tells no program which connections end");

    report_failure(tool, failure);
    return code;
}
