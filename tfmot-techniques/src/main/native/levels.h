// The levels of instructions, and the choice between them when the library is loaded.
#ifndef TFMOT_LEVELS_H
#define TFMOT_LEVELS_H

#include "host.h"

// A range whose integers include 0, the distance of two of them, its inverse, and the steps from the
// lowest one to 0.
typedef struct {
  float low, high, step, inverse, zero;
} Nudged;

// The same for each channel.
typedef struct {
  const float *low, *high, *step, *inverse, *zero;
} Channels;

// 16 lanes, in as many registers as the level needs; the loose ones are at any address.
typedef float Floats __attribute__((vector_size(64)));
typedef int Ints __attribute__((vector_size(64)));
typedef u8 Bytes __attribute__((vector_size(16)));
typedef float LooseFloats __attribute__((vector_size(64), aligned(4), may_alias));
typedef u8 LooseBytes __attribute__((vector_size(16), aligned(1), may_alias));

typedef struct {
  void (*quantize)(const float *, float *, i64, const Nudged *);
  void (*quantize_channels)(const float *, float *, i64, i64, const Channels *);
  void (*pass)(const float *, const float *, float *, i64, const Nudged *);
  void (*pass_channels)(const float *, const float *, float *, i64, i64, const Channels *);
  void (*keep_zeros)(const float *, const float *, float *, i64);
  void (*nearest_few)(
      const float *, float *, u8 *, i64, int, const float *, const float *, const u8 *, int);
  void (*nearest_many)(
      const float *, float *, u8 *, i64, int, const float *, const float *, const u8 *, int);
  void (*sums_few)(const float *, const float *, const u8 *, i64, int, int, double *, i64 *);
} Loops;

static Loops loops;

#define TABLE(level)                                                                     \
  (Loops) {                                                                              \
    quantize_##level, quantize_channels_##level, pass_##level, pass_channels_##level,    \
        keep_zeros_##level, nearest_few_##level, nearest_many_##level, sums_few_##level  \
  }

#if defined(__x86_64__)

#pragma clang attribute push(__attribute__((target("sse4.1"))), apply_to = function)
#define LEVEL(name) name##_sse4
#include "loops.inc"
#undef LEVEL
#pragma clang attribute pop

#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#define LEVEL(name) name##_avx2
#include "loops.inc"
#undef LEVEL
#pragma clang attribute pop

#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl"))), apply_to = function)
#define LEVEL(name) name##_avx512
#include "loops.inc"
#undef LEVEL
#pragma clang attribute pop

static void cpuid(unsigned leaf, unsigned out[4]) {
  __asm__ volatile("cpuid"
                   : "=a"(out[0]), "=b"(out[1]), "=c"(out[2]), "=d"(out[3])
                   : "a"(leaf), "c"(0));
}

// What the operating system keeps of vector registers.
static unsigned kept_registers(void) {
  unsigned low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low;
}

static int level(void) {
  enum { SSE41 = 1 << 19, OSXSAVE = 1 << 27, AVX = 1 << 28, AVX2 = 1 << 5 };
  // AVX512F, DQ, BW and VL.
  const unsigned wide = 1u << 16 | 1u << 17 | 1u << 30 | 1u << 31;
  unsigned leaf[4];
  cpuid(0, leaf);
  unsigned most = leaf[0];
  cpuid(1, leaf);
  unsigned features = leaf[2];
  if (!(features & SSE41)) {
    return 0;
  }
  if (most < 7 || !(features & OSXSAVE) || !(features & AVX) || (kept_registers() & 6) != 6) {
    return 1;
  }
  cpuid(7, leaf);
  if (!(leaf[1] & AVX2)) {
    return 1;
  }
  return (leaf[1] & wide) == wide && (kept_registers() & 0xe6) == 0xe6 ? 3 : 2;
}

static void choose_loops(void) {
  int best = level();
  loops = best == 3 ? TABLE(avx512) : best == 2 ? TABLE(avx2) : TABLE(sse4);
}

#else

#define LEVEL(name) name##_plain
#include "loops.inc"
#undef LEVEL

static int level(void) { return 1; }

static void choose_loops(void) { loops = TABLE(plain); }

#endif

#endif
