/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Loading the programs with the rights that the daemon's unit has, and no other. */
#ifndef COLLECTOR_RIGHTS_H
#define COLLECTOR_RIGHTS_H

/* Nobody, with CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN; where this process is not root, as it is. */
void rights_of_unit(void);

/* All that this process had. */
void rights_back(void);

#endif
