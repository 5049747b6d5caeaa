/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "exports.h"

const struct shim_dll this_dll = {
    .name = L"rasapi32.dll",
    .stock_name = L"rasapi32-stock.dll",
    .without_helper = "RAS functions know of no connection. ",
    .names_begin_with_ras = true,
};
