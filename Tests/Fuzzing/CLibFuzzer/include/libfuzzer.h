// What of LLVM's libFuzzer Swift calls: the driver, for programs that have a `main` of their own.

#ifndef FATHOM_LIBFUZZER_H
#define FATHOM_LIBFUZZER_H

#include <stddef.h>
#include <stdint.h>

/// Runs `callback` with ever new bytes, as the arguments in `argv` say, and returns the exit status.
int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*callback)(const uint8_t *bytes, size_t count));

#endif
