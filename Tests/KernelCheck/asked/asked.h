// Comes before everything else in a build whose kernels say what they ask for instead of asking.

#ifndef KERNEL_CHECK_ASKED_H
#define KERNEL_CHECK_ASKED_H

void kernel_check_asked(const void *address);

#define __builtin_prefetch(address, ...) kernel_check_asked((const void *)(address))

#endif
