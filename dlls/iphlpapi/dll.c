/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "exports.h"

const struct shim_dll this_dll = {
    .name = L"iphlpapi.dll",
    .stock_name = L"iphlpapi-stock.dll",
    .without_helper = "EStats functions answer ERROR_NOT_SUPPORTED. ",
};
