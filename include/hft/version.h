/* SPDX-License-Identifier: Apache-2.0 */
/* version.h -- which release this is: the one place besides CMakeLists.txt. */
#ifndef HFT_VERSION_H
#define HFT_VERSION_H

#define HFT_VERSION "0.1.0"

#endif
