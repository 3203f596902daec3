// TensorFlow kernels for the training graphs of this toolkit: simulated quantization and clustering.
// Freestanding C, one translation unit. See docs/kernels.md.
#include "host.h"
#include "pool.h"

enum { ABI = 1, LANES = 16, FEW = 16, STRETCH = 1024, MOST_CLUSTERS = 256 };
// Elements of a block; the least width of a row; parts of a sum; strided elements at a time.
enum { BLOCK = 65536, LEAST_WIDTH = 64, PARTS = 16, STRIDED = 512 };

// The compiler may call these for copies and clears, and must not make their loops calls of
// themselves.
__attribute__((no_builtin("memcpy"))) void *memcpy(
    void *restrict to, const void *restrict from, size_type size) {
  for (size_type i = 0; i < size; i++) {
    ((u8 *)to)[i] = ((const u8 *)from)[i];
  }
  return to;
}

__attribute__((no_builtin("memset"))) void *memset(void *to, int value, size_type size) {
  for (size_type i = 0; i < size; i++) {
    ((u8 *)to)[i] = (u8)value;
  }
  return to;
}

#include "levels.h"
#include "fake_quant.h"
#include "clusters.h"

static int register_all(Status *status) {
  fake_quant_register(status);
  if (host.get_code(status) == TF_OK) {
    clusters_register(status);
  }
  return host.get_code(status);
}

static void copy_text(const char *from, char *to, int size) {
  int i = 0;
  for (; i + 1 < size && from[i]; i++) {
    to[i] = from[i];
  }
  to[i] = 0;
}

// The version of this library's interface.
__attribute__((visibility("default"))) int tfmot_abi(void) { return ABI; }

// The instructions that this processor has: 0 too few, 1 SSE4.1, 2 AVX2, 3 AVX-512.
__attribute__((visibility("default"))) int tfmot_level(void) { return level(); }

// Registers operations and kernels, once in a process. Returns 0, or else writes a message.
__attribute__((visibility("default"))) int tfmot_register(
    void **functions, int count, char *message, int size) {
  if (count * sizeof(void *) != sizeof(Host)) {
    copy_text("the table of functions has another length", message, size);
    return 1;
  }
  if (level() == 0) {
    copy_text("the processor lacks SSE4.1", message, size);
    return 1;
  }
  for (int i = 0; i < count; i++) {
    ((void **)&host)[i] = functions[i];
  }
  pool_init();
  choose_loops();
  Status *status = host.new_status();
  int code = register_all(status);
  if (code != TF_OK) {
    copy_text(host.message(status), message, size);
  }
  host.delete_status(status);
  return code;
}
