/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "exports.h"

/* What Wine has of the functions that are here only because some Wines lack them. */
static bool leave_to_stock(unsigned int which, HMODULE stock)
{
    return which >= OWNER_TCP && GetProcAddress(stock, own_export_name(which)) != NULL;
}

const struct shim_dll this_dll = {
    .name = L"iphlpapi.dll",
    .stock_name = L"iphlpapi-stock.dll",
    .without_helper = "EStats functions answer ERROR_NOT_SUPPORTED. ",
    .leave_to_stock = leave_to_stock,
};
