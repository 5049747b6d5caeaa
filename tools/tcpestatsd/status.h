/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef TCPESTATSD_STATUS_H
#define TCPESTATSD_STATUS_H

#include <stdbool.h>

/* Asks the daemon at path what it is doing and prints that. The exit status. */
int status_print(const char *path, bool json);

#endif
